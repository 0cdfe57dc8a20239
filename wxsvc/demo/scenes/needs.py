"""An enterprise asks: in one box on the phone; its platform's clerk takes it up, and the enterprise reads so."""

from __future__ import annotations

from wxsvc.demo.story_run import Play


def raise_and_take_up(on: Play) -> None:
    """提需求与诉求, 受理, 已受理."""
    visitor, clerk, stage, typed = on.hands["visitor"], on.hands["clerk"], on.stage, on.typed
    visitor.tap(on.menu["need"])
    visitor.send(text=typed["need"], kind="matching")
    stage.read("raised", visitor.page.text, typed["platform"])
    stage.tell("raised", need=typed["need"], platform=typed["platform"], **on.names)
    clerk.tap(on.menu["today"])
    stage.read("asked", clerk.page.text, typed["need_title"])
    clerk.open("/p/needs")
    clerk.follow(typed["need_title"])
    stage.read("asked", clerk.page.text, typed["need"])
    clerk.send(title=typed["need_title"])
    visitor.tap(on.menu["my_needs"])
    stage.read("taken_up", visitor.page.text)
    stage.tell("taken_up", **on.names)
