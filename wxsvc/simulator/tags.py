"""Tags: labels that the account puts on its followers; they decide who sees which conditional menu."""

from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.people import People, Person
from wxsvc.simulator.refusal import Refusal

MOST_TAGS = 100
MOST_PER_PERSON = 20
MOST_PER_CALL = 50
NAME_LENGTH = 30
SYSTEM = {0, 1, 2}


class Tags:
    """Tags by id, from 100 on. Source: "User tag management" page."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._names: dict[int, str] = {}
        self._next = 100

    def names(self) -> dict[int, str]:
        """Return the name of every tag by id."""
        return dict(self._names)

    def endpoints(self) -> list[Endpoint]:
        """Tags and who carries them; all need the capability ``tags``."""
        table = {
            "/cgi-bin/tags/create": self._create,
            "/cgi-bin/tags/update": self._update,
            "/cgi-bin/tags/delete": self._delete,
            "/cgi-bin/tags/members/batchtagging": self._tag,
            "/cgi-bin/tags/members/batchuntagging": self._untag,
            "/cgi-bin/tags/getidlist": self._of_person,
            "/cgi-bin/user/tag/get": self._members,
        }
        return [
            Endpoint("/cgi-bin/tags/get", self._get, "GET", capability="tags", body="none"),
            *(Endpoint(path, handler, capability="tags") for path, handler in table.items()),
        ]

    def _name(self, call: Call, own: int | None = None) -> str:
        tag = call.body.get("tag")
        name = tag.get("name") if isinstance(tag, dict) else None
        if not isinstance(name, str) or not name:
            raise Refusal(45157)
        if len(name) > NAME_LENGTH:
            raise Refusal(45158)
        if any(other == name and number != own for number, other in self._names.items()):
            raise Refusal(45157)
        return name

    def _known(self, number: object) -> int:
        if number in SYSTEM:
            raise Refusal(45058)
        if not isinstance(number, int) or number not in self._names:
            raise Refusal(45159)
        return number

    def _tag_id(self, call: Call) -> int:
        tag = call.body.get("tag")
        return self._known(tag.get("id") if isinstance(tag, dict) else None)

    def _create(self, call: Call) -> Answer:
        name = self._name(call)
        if len(self._names) >= MOST_TAGS:
            raise Refusal(45056)
        number, self._next = self._next, self._next + 1
        self._names[number] = name
        return {"tag": {"id": number, "name": name}}

    def _get(self, _call: Call) -> Answer:
        def count(number: int) -> int:
            return sum(1 for person in self._people if number in person.tags)

        return {"tags": [{"id": n, "name": name, "count": count(n)} for n, name in self._names.items()]}

    def _update(self, call: Call) -> Answer:
        number = self._tag_id(call)
        self._names[number] = self._name(call, number)
        return OK

    def _delete(self, call: Call) -> Answer:
        number = self._tag_id(call)
        del self._names[number]
        for person in self._people:
            if number in person.tags:
                person.tags.remove(number)
        return OK

    def _batch(self, call: Call) -> tuple[int, list[Person]]:
        openids = call.texts("openid_list", 40032, MOST_PER_CALL)
        if self._people.foreign.intersection(openids):
            raise Refusal(49003)
        people = [self._people.find(openid) for openid in openids]
        return self._known(call.body.get("tagid")), people

    def _tag(self, call: Call) -> Answer:
        number, people = self._batch(call)
        if any(number not in person.tags and len(person.tags) >= MOST_PER_PERSON for person in people):
            raise Refusal(45059)
        for person in people:
            if not person.follows:
                raise Refusal(50005)
            if number not in person.tags:
                person.tags.append(number)
        return OK

    def _untag(self, call: Call) -> Answer:
        number, people = self._batch(call)
        for person in people:
            if number in person.tags:
                person.tags.remove(number)
        return OK

    def _of_person(self, call: Call) -> Answer:
        return {"tagid_list": list(self._people.find(call.body.get("openid")).tags)}

    def _members(self, call: Call) -> Answer:
        number, after = self._known(call.body.get("tagid")), call.body.get("next_openid") or ""
        openids = [person.openid for person in self._people if number in person.tags]
        page = openids[openids.index(after) + 1 if after in openids else 0 :][:10000]
        return {"count": len(page), "data": {"openid": page}, "next_openid": page[-1] if page else ""}
