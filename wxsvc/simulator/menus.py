"""The default menu, the conditional menus, and the one that a given person sees."""

from dataclasses import dataclass, field
from typing import Any

from wxsvc.simulator.buttons import Button, check, domains
from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.people import People, Person
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.serial import Serial
from wxsvc.simulator.tags import Tags

ABOLISHED = {"sex", "country", "province", "city", "language", "gender"}
OUTSIDE_DOMAINS = 3


@dataclass
class Menu:
    """Three buttons at most; ``rule`` is empty for the default menu."""

    menu_id: int
    buttons: list[Button]
    rule: dict[str, Any] = field(default_factory=dict)

    def fits(self, person: Person) -> bool:
        """Tell whether the rule matches: of several tags only the one added last counts."""
        tag, platform = self.rule.get("tag_id"), self.rule.get("client_platform_type")
        last = person.tags[-1] if person.tags else None
        return (not tag or str(tag) == str(last)) and (not platform or str(platform) == str(person.platform))


class Menus:
    """All menus of the account. Source: "Custom menu" and "Personalised menu" pages."""

    def __init__(self, people: People, tags: Tags, serial: Serial) -> None:
        self._people, self._tags, self._serial = people, tags, serial
        self._newest = 0
        self.default: Menu | None = None
        self.conditional: list[Menu] = []
        """Oldest first; the newest is asked first."""
        self.own_domains: set[str] = set()
        """Hosts that do not count as outside: those of the account's own JS and authorisation domains."""

    def seen_by(self, person: Person) -> Menu | None:
        """Return the menu that WeChat would show this person now."""
        for menu in reversed(self.conditional):
            if menu.fits(person):
                return menu
        return self.default

    def endpoints(self) -> list[Endpoint]:
        """The menu calls; all but the last need the capability ``menu``."""
        table: dict[str, tuple[str, Any]] = {
            "/cgi-bin/menu/create": ("POST", self._create),
            "/cgi-bin/menu/get": ("GET", self._get),
            "/cgi-bin/menu/delete": ("GET", self._delete),
            "/cgi-bin/menu/addconditional": ("POST", self._add),
            "/cgi-bin/menu/delconditional": ("POST", self._remove),
            "/cgi-bin/menu/trymatch": ("POST", self._try),
        }
        return [
            *(
                Endpoint(path, handler, method, capability="menu", body="json" if method == "POST" else "none")
                for path, (method, handler) in table.items()
            ),
            Endpoint("/cgi-bin/get_current_selfmenu_info", self._current, "GET", body="none"),
        ]

    def _number(self) -> int:
        """A number above all before: the account's menus are known to age by it."""
        self._newest = self._newest + 1 if self._newest else self._serial.number(8)
        return self._newest

    def _create(self, call: Call) -> Answer:
        self.default = Menu(self._number(), check(call.body))
        return OK

    def _get(self, _call: Call) -> Answer:
        if self.default is None:
            raise Refusal(46003)
        answer: dict[str, Any] = {"menu": {"button": self.default.buttons, "menuid": self.default.menu_id}}
        if self.conditional:
            answer["conditionalmenu"] = [
                {"button": menu.buttons, "matchrule": menu.rule, "menuid": menu.menu_id}
                for menu in reversed(self.conditional)
            ]
        return answer

    def _delete(self, _call: Call) -> Answer:
        self.default = None
        self.conditional.clear()
        return OK

    def _add(self, call: Call) -> Answer:
        if self.default is None:
            raise Refusal(65303)
        if not call.body.get("button"):
            raise Refusal(65307)
        buttons, rule = check(call.body), call.body.get("matchrule")
        if not isinstance(rule, dict):
            raise Refusal(65304)
        if ABOLISHED.intersection(name for name, value in rule.items() if value):
            raise Refusal(65320)
        rule = {name: value for name, value in rule.items() if value}
        if not rule:
            raise Refusal(65304)
        if "tag_id" in rule and str(rule["tag_id"]) not in map(str, self._tags.names()):
            raise Refusal(45159)
        outside = set().union(*(domains(menu.buttons) for menu in self.conditional), domains(buttons))
        if len(outside - self.own_domains) > OUTSIDE_DOMAINS:
            raise Refusal(65316)
        menu = Menu(self._number(), buttons, rule)
        self.conditional.append(menu)
        return {"menuid": str(menu.menu_id)}

    def _remove(self, call: Call) -> Answer:
        kept = [menu for menu in self.conditional if str(menu.menu_id) != str(call.body.get("menuid"))]
        if len(kept) == len(self.conditional):
            raise Refusal(65301)
        self.conditional = kept
        return OK

    def _try(self, call: Call) -> Answer:
        person = self._people.follower(call.body.get("user_id"))
        if person is None:
            raise Refusal(65302)
        menu = self.seen_by(person)
        if menu is None:
            raise Refusal(46003)
        return {"button": menu.buttons}

    def _current(self, _call: Call) -> Answer:
        if self.default is None:
            return {"is_menu_open": 0, "selfmenu_info": {"button": []}}

        def shown(button: Button) -> Button:
            children = button.get("sub_button")
            if not children:
                return {name: value for name, value in button.items() if name != "sub_button"}
            return {"name": button["name"], "sub_button": {"list": [shown(child) for child in children]}}

        return {"is_menu_open": 1, "selfmenu_info": {"button": [shown(button) for button in self.default.buttons]}}
