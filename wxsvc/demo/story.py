"""The story (演示流程): one activity from the first scan to the score, step by step, every step checked.

It runs over HTTP through the simulator's phones: what a step reports was read on a page or in a chat.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from time import monotonic

from docx import Document

from models.activity import Activity
from models.terms import Subject
from wxsvc import wording
from wxsvc.clock import BEIJING, beijing_day
from wxsvc.demo import phones, sample_photo, seed_activities
from wxsvc.demo.phone_browser import DeskBrowser, PhoneBrowser
from wxsvc.demo.product import Product
from wxsvc.demo.seed_people import code_of
from wxsvc.demo.story_run import AFTER_LUNCH, FOLDED, WORKER, StoryClock, StoryRun
from wxsvc.demo.story_signup import sign_up
from wxsvc.demo.tables import table
from wxsvc.house import House
from wxsvc.services.activity import parametric_codes
from wxsvc.services.counting.scorecards import Card
from wxsvc.services.judging import verdict_steps


def run_story(product: Product, clock: StoryClock, say: Callable[[str], object]) -> None:
    """Run every step in order. Raises StepFailed at the first one whose check fails."""
    began = monotonic()
    run = StoryRun(product, clock, say)
    assign_phones(run)
    compare_menus(run)
    read_first_figures(run)
    fetch_code(run)
    scan_and_enrol(run)
    publish(run)
    check_in_other_ways(run)
    send_chat_photo(run)
    sign_up(run)
    raise_and_take_up_need(run)
    find_chat_photo(run)
    submit_summary(run)
    before = run.scorecard()
    send_back(run)
    resubmit_after_notice(run)
    approve(run, before)
    sign_in_at_desk(run)
    ask_in_the_chat(run)
    show_scorecard(run)
    look_at_the_year(run)
    run.checks.step("end", seconds=monotonic() - began)


def assign_phones(run: StoryRun) -> None:
    """Give everybody a phone, and find the activity that is held now."""
    held = phones.assign(run.product)
    run.phones = {role: PhoneBrowser(phone, run.product.url) for role, phone in held.items()}
    run.names = {role: phone.person.name for role, phone in held.items()}
    with run.product.database.read() as session:
        running, _ = next(
            row for row in seed_activities.running(session, run.clock.now()) if row[1].code == run.clerk_at
        )
    run.running_id = running.id
    now = wording.clock(run.clock.now().astimezone(BEIJING))
    run.checks.step("start", platforms=run.platforms(), people=len(held), now=now, title=running.title)


def compare_menus(run: StoryRun) -> None:
    """``wxsvc menu`` finds no difference between account and file; each phone shows the menu of its role."""
    house = House(run.product.settings, run.product.database, run.clock)
    run.checks.equal("menus", "", "\n".join(phones.menu_differences(house.gateway, run.product.url)))
    shown = {}
    for role, browser in run.phones.items():
        menu = browser.phone.menu()
        shown[f"{role}_menu"] = run.checks.join(button["name"] for button in (menu.buttons if menu else ()))
    run.checks.read("own_menu", shown["clerk_menu"], run.menu["today"])
    run.checks.step("menus", **shown, **run.names)


def read_first_figures(run: StoryRun) -> None:
    """Read the figures of the clerk before the first scan."""
    running = _running(run)
    run.checks.step(
        "before",
        count=run.live(running.code),
        total=run.total(),
        pending=run.pending(),
        title=running.title,
        **run.names,
    )


def fetch_code(run: StoryRun) -> None:
    """The worker has asked WeChat for the activity's parametric code; the clerk's page draws it from then on."""
    checks, clerk = run.checks, run.phones["clerk"]
    checks.becomes("parametric", lambda: _code_url(run) != "", WORKER)
    page = clerk.open(f"/p/activity/{_running(run).code}/codes")
    checks.read("parametric", page.text)
    picture = clerk.phone.open(f"{run.product.url}/p/activity/{_running(run).code}/code.svg")
    checks.read("drawn", picture.text)
    checks.step("parametric", **run.names)


def scan_and_enrol(run: StoryRun) -> None:
    """A first visitor scans and enrols, scans again, a known visitor scans; the figures rise."""
    newcomer, visitor, checks = run.phones["newcomer"], run.phones["visitor"], run.checks
    wall, code = _code_url(run), _running(run).code
    before, pending = run.live(code), run.pending()

    reply = checks.replied("first_visit", newcomer.phone.scan(wall))
    checks.step("first_scan", reply=checks.short(reply.text), **run.names)
    said = table("province")["newcomer"]
    newcomer.open(reply.links[0])
    newcomer.send(q=code_of(900_001, said["region"]))
    consent = newcomer.page.form("consent").offered["consent"][0]
    newcomer.send(name=said["enterprise"], region=said["region"], consent=consent)
    checks.read("receipt", newcomer.page.text)
    checks.step("enrolled", enterprise=said["enterprise"])
    calm = checks.replied("calm", newcomer.phone.scan(wall))
    checks.step("calm", reply=checks.short(calm.text), **run.names)

    scanned = monotonic()
    reply = checks.replied("checked_in", visitor.phone.scan(wall))
    checks.step("returning", reply=checks.short(reply.text), **run.names)
    checks.equal("count", before + 2, run.live(code))
    checks.rises(run.pending, pending, pending + 2, FOLDED)
    checks.step("pending", count=before + 2, pending=pending + 2, seconds=monotonic() - scanned)


def _code_url(run: StoryRun) -> str:
    """The address in the activity's parametric code; empty until the worker has fetched the code from WeChat."""
    with run.product.database.read() as session:
        running = session.get_one(Activity, run.running_id)
        made = parametric_codes.current(session, running, run.clock.now())
        return made.url or "" if made else ""


def _running(run: StoryRun) -> Activity:
    with run.product.database.read() as session:
        return session.get_one(Activity, run.running_id)


def publish(run: StoryRun) -> None:
    """The clerk publishes an activity by one form; it can be scanned at once."""
    clerk, checks, typed = run.phones["clerk"], run.checks, run.typed
    clerk.tap(run.menu["publish"])
    begin = run.clock.now().astimezone(BEIJING).replace(minute=30, second=0)
    page = clerk.send(
        title=typed["title"],
        category=typed["category"],
        form="onsite",
        part="host",
        organisers=typed["organisers"],
        starts_at=f"{begin:%Y-%m-%dT%H:%M}",
        ends_at=f"{begin + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        place=typed["hall"],
        content=typed["content"],
        deed="publish",
    )
    checks.read("title", page.text, typed["title"])
    run.code = page.url.rpartition("/")[2].partition("?")[0]
    checks.step("published", title=typed["title"], short_code=_short_code(run), **run.names)


def check_in_other_ways(run: StoryRun) -> None:
    """One visitor types the short code in the chat, one scans the page's code by the menu's scanner."""
    visitor, newcomer, checks = run.phones["visitor"], run.phones["newcomer"], run.checks
    reply = checks.replied("checked_in", visitor.phone.send(_short_code(run)))
    checks.step("short_code", reply=checks.short(reply.text), **run.names)
    reply = checks.replied("checked_in", newcomer.phone.scan_with_menu(f"{run.product.url}/c/{run.code}"))
    checks.step("scanner", reply=checks.short(reply.text), **run.names)
    checks.equal("count", 2, run.live(run.code))
    checks.step("live", count=2, **run.names)


def _short_code(run: StoryRun) -> str:
    return run.checks.found("short_code", run.phones["clerk"].page.text)


def send_chat_photo(run: StoryRun) -> None:
    """A photo by the menu's camera; the account asks for which activity, the clerk answers with a digit."""
    clerk, checks, title = run.phones["clerk"], run.checks, run.typed["title"]
    reply = checks.replied("which", clerk.phone.tap(run.menu["camera"], photo=sample_photo.photo("chat")), title)
    digit = next((line[0] for line in reply.text.splitlines() if re.match(r"\d ", line) and title in line), "")
    reply = checks.replied("saving", clerk.phone.send(digit), title)
    checks.step("chat_photo", digit=digit, reply=checks.short(reply.text), **run.names)


def find_chat_photo(run: StoryRun) -> None:
    """The worker has fetched the photo from WeChat and attached it to the activity."""
    clerk, checks, title = run.phones["clerk"], run.checks, run.typed["title"]
    page = f"/p/activity/{run.code}/wrap-up"
    checks.becomes("attached", lambda: re.search(checks.reads["attached"], clerk.open(page).text) is not None, WORKER)
    checks.step("attached", title=title, **run.names)


def raise_and_take_up_need(run: StoryRun) -> None:
    """The visitor raises a need (提需求与诉求), the clerk takes it up (受理), the visitor reads 已受理."""
    visitor, clerk, checks, typed = run.phones["visitor"], run.phones["clerk"], run.checks, run.typed
    visitor.tap(run.menu["need"])
    visitor.send(text=typed["need"], kind="matching")
    checks.read("raised", visitor.page.text, typed["platform"])
    checks.step("raised", need=typed["need"], platform=typed["platform"], **run.names)
    clerk.tap(run.menu["today"])
    checks.read("asked", clerk.page.text, typed["need_title"])
    clerk.open("/p/needs")
    clerk.follow(typed["need_title"])
    checks.read("asked", clerk.page.text, typed["need"])
    clerk.send(title=typed["need_title"])
    visitor.tap(run.menu["my_needs"])
    checks.read("taken_up", visitor.page.text)
    checks.step("taken_up", **run.names)


def submit_summary(run: StoryRun) -> None:
    """After the activity: another photo by the page, the summary, 提交审核."""
    clerk = run.phones["clerk"]
    run.clock.advance(AFTER_LUNCH)
    run.checks.step("time_passes", now=wording.clock(run.clock.now()))
    clerk.open(f"/p/activity/{run.code}/wrap-up")
    clerk.send(files={"photos": ("hall.jpg", sample_photo.photo("story"), "image/jpeg")}, kind="photo")
    clerk.send(summary=run.typed["poor"], deed="submit")
    run.checks.read("submitted", clerk.page.text)
    run.checks.step("submitted", **run.names)


def _open_in_queue(run: StoryRun, official: PhoneBrowser) -> None:
    """The queue of a whole province has several pages: the official asks for activities alone."""
    official.tap(run.menu["review"])
    official.send(noun=Subject.ACTIVITY.value)
    official.follow(run.typed["title"])


def send_back(run: StoryRun) -> None:
    """The official sends it back with a reason."""
    official, checks = run.phones["official"], run.checks
    reply = checks.replied("waiting", official.phone.tap(run.menu["overview"]))
    checks.step("overview", reply=checks.short(reply.text), **run.names)
    _open_in_queue(run, official)
    official.send(more=run.typed["reason"], verdict="return")
    checks.step("queue", title=run.typed["title"], reason=run.typed["reason"], **run.names)


def resubmit_after_notice(run: StoryRun) -> None:
    """The clerk reads the reason at once; once it cannot be undone any more, in the inbox and as a template message.

    Then the summary is corrected and submitted again.
    """
    clerk, checks, reason = run.phones["clerk"], run.checks, run.typed["reason"]
    clerk.tap(run.menu["today"])
    checks.read("reason", clerk.page.text, reason)
    run.clock.advance(verdict_steps.UNDO_FOR)
    checks.becomes("message", lambda: _message(run) != "", WORKER)
    clerk.open("/p/notices")
    checks.read("reason", clerk.page.text, reason)
    checks.step("noticed", message=checks.short(_message(run)), **run.names)
    clerk.open(f"/p/activity/{run.code}/wrap-up")
    clerk.send(summary=run.typed["summary"], deed="submit")
    checks.read("submitted", clerk.page.text)
    checks.step("returned", **run.names)


def approve(run: StoryRun, before: Card) -> None:
    """The official approves; the score follows."""
    official, checks = run.phones["official"], run.checks
    _open_in_queue(run, official)
    approved = monotonic()
    official.send(verdict="approve")
    was = wording.points(before.total)
    seconds = checks.changes(run.total, was, FOLDED)
    after = run.scorecard()
    checks.step(
        "approved",
        seconds=max(seconds, monotonic() - approved),
        platform=after.platform.name,
        before=was,
        after=run.total(),
        **run.names,
    )
    for old, new in zip(before.lines, after.lines, strict=True):
        if old.points != new.points:
            figures = {"before": wording.points(old.points), "after": wording.points(new.points)}
            checks.detail("line", name=new.name, working=new.working, **figures)


def _message(run: StoryRun) -> str:
    """The template message about it, as it stands in the clerk's chat."""
    about = run.typed["title"][:10]
    told = [line for line in run.phones["clerk"].phone.chat if line.kind == "notice" and about in line.text]
    return f"{told[-1].title}\n{told[-1].text}" if told else ""


def sign_in_at_desk(run: StoryRun) -> None:
    """A desk shows a code, the official scans it and types its number (扫码登录)."""
    desk, official = DeskBrowser(run.product.url), run.phones["official"]
    desk.open("/enter/desk?next=/v/scores")
    official.open(desk.page.code)
    official.send(number=desk.number)
    page = desk.send()
    run.checks.read("desk", page.text)
    run.checks.step("desk", count=run.platforms(), **run.names)


def ask_in_the_chat(run: StoryRun) -> None:
    """The official asks for a place by name, the visitor for their own check-ins."""
    official, visitor, checks = run.phones["official"], run.phones["visitor"], run.checks
    place = run.typed["place"]
    reply = checks.replied("place", official.phone.send(place), place)
    checks.step("place", place=place, reply=checks.short(reply.text), **run.names)
    reply = checks.replied("title", visitor.phone.tap(run.menu["my_check_ins"]), run.typed["title"])
    checks.step("mine", reply=checks.short(reply.text), **run.names)


def show_scorecard(run: StoryRun) -> None:
    """The platform's scorecard as it stands now, line by line."""
    card, points = run.scorecard(), wording.points
    run.checks.equal("sums", run.total(), points(card.total))
    as_of = wording.beijing(card.as_of)
    run.checks.step("scorecard", platform=card.platform.name, year=card.year, as_of=as_of)
    for line in card.lines:
        row = {"points": points(line.points), "full": points(line.full)}
        run.checks.detail("row", name=line.name, working=line.working, **row)
    sums = {"base": card.base, "bonus": card.bonus, "total": card.total, "awaited": card.awaited}
    run.checks.detail("sums", **{name: points(value) for name, value in sums.items()})


def look_at_the_year(run: StoryRun) -> None:
    """The official sees the year's preview and what keeps it from being sealed, and opens the quarter's bulletin."""
    official, checks, today = run.phones["official"], run.checks, beijing_day(run.clock.now())
    page = official.open(f"/v/year/{today.year}")
    checks.step("year", year=today.year, blocked=checks.found("blocked", page.text), **run.names)
    official.open(f"/v/year/{today.year}/preview")
    checks.read("preview", official.page.text, run.scorecard().platform.name)
    quarter = (today.month + 2) // 3
    address = f"{run.product.url}/v/year/{today.year}/documents/bulletin?quarter={quarter}"
    bulletin = Document(BytesIO(official.phone.open(address).content))
    lines = [paragraph.text for paragraph in bulletin.paragraphs if paragraph.text.strip()]
    checks.read("bulletin", "\n".join(lines))
    checks.step("bulletin", title=lines[0], count=len(lines), tables=len(bulletin.tables), **run.names)
