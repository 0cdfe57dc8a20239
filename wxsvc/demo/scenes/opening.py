"""Before the story: everybody has a phone, and the account shows the menus of the file."""

from __future__ import annotations

from wxsvc import wording
from wxsvc.clock import BEIJING
from wxsvc.demo import menus, phones, today
from wxsvc.demo.hand import Hand
from wxsvc.demo.story_run import Play
from wxsvc.worker.workshop import Workshop


def hand_out_phones(on: Play) -> None:
    """Hand out the phones, and find what is held now."""
    held = phones.hand_out(on.product)
    on.hands = {role: Hand(phone, on.product.url) for role, phone in held.items()}
    on.names = {role: phone.person.name for role, phone in held.items()}
    with on.product.database.reading() as session:
        running, _ = next(row for row in today.running(session, on.clock.now()) if row[1].code == on.clerk_at)
    on.running_id = running.id
    now = wording.clock(on.clock.now().astimezone(BEIJING))
    on.stage.tell("stage", platforms=len(on.cards()), people=len(held), now=now, title=running.title)


def compare_menus(on: Play) -> None:
    """``wxsvc menu`` finds no difference between account and file; each phone shows the menu of its role."""
    shop = Workshop(on.product.settings, on.product.database, on.clock)
    on.stage.equal("menus", "", "\n".join(menus.differences(shop.gateway, on.product.url)))
    shown = {}
    for role, hand in on.hands.items():
        menu = hand.phone.menu()
        shown[f"{role}_menu"] = on.stage.join(button["name"] for button in (menu.buttons if menu else ()))
    on.stage.read("own_menu", shown["clerk_menu"], on.menu["today"])
    on.stage.tell("menus", **shown, **on.names)
