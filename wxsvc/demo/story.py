"""The story (故事): one activity from the first scan to the score, told step by step, every step checked.

It is played over HTTP through the simulator's phones: what a step claims was read on a page or in a chat.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from wxsvc.demo.product import Product
from wxsvc.demo.scenes import arrivals, chat_photos, needs, opening, publishing, scores, verdicts, wrapping_up
from wxsvc.demo.story_clock import StoryClock
from wxsvc.demo.story_run import Play


def play(product: Product, clock: StoryClock, say: Callable[[str], object]) -> None:
    """Play it from the first scan to the scorecard. Raises WrongStep at the first thing that is not as told."""
    began = monotonic()
    on = Play(product, clock, say)
    opening.hand_out_phones(on)
    opening.compare_menus(on)
    arrivals.look_before(on)
    arrivals.fetch_code(on)
    arrivals.come_and_scan(on)
    publishing.publish(on)
    publishing.come_by_other_doors(on)
    chat_photos.send(on)
    needs.raise_and_take_up(on)
    chat_photos.find(on)
    wrapping_up.hand_in(on)
    before = on.card()
    verdicts.send_back(on)
    verdicts.hear_of_it(on)
    verdicts.approve(on, before)
    scores.ask_in_the_chat(on)
    scores.show_scorecard(on)
    on.stage.tell("end", seconds=monotonic() - began)
