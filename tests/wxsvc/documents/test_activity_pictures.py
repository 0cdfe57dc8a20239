"""海报 and 分享图 as pictures: of one size, whatever is written; the code on it can be read; no font, no picture."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from wxsvc.documents import activity_pictures
from wxsvc.documents.activity_pictures import NoChineseFont, Poster
from wxsvc.wechat import drawing

LONG = "2026年湖南省中小企业数字化转型暨“专精特新”Little Giant企业培育对接会（长沙专场·第三期）" * 3


@pytest.fixture
def written(chinese_font: None, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float, float]]:
    """Every line that is written: the text, and where it begins and ends on its left and right."""
    lines: list[tuple[str, float, float]] = []
    text = ImageDraw.ImageDraw.text

    def note(pen: ImageDraw.ImageDraw, at: tuple[float, float], said: str, **how: object) -> None:
        lines.append((said, at[0], at[0] + how["font"].getlength(said)))  # type: ignore[attr-defined]
        text(pen, at, said, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", note)
    return lines


def shown(title: str, place: str = "麓谷大道668号") -> Poster:
    return Poster(
        "长沙市窗口平台", title, [("时间", "2026年11月23日 09:00"), ("地点", place)], "微信扫码签到", "短码 12345"
    )


@pytest.mark.parametrize("title", ["对接会", LONG, "A" * 200, "很长的English名字 with words " * 6])
def test_long_names_wrap_and_stay_on_the_sheet(written: list[tuple[str, float, float]], title: str) -> None:
    drawn = activity_pictures.poster(shown(title, place=LONG), drawing.png("https://wx.example.cn/c/A-1", 8))
    with Image.open(BytesIO(drawn)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1620))
    assert all(left >= 90 and right <= 1080 - 60 for _, left, right in written)
    assert len(drawn) < 200_000
    if len(title) < 10:
        assert title in {line for line, _, _ in written}
    assert {"长沙市窗口平台", "微信扫码签到", "短码 12345"} <= {line for line, _, _ in written}
    assert any(line.startswith("时间　2026年11月23日") for line, _, _ in written)


@pytest.mark.usefixtures("chinese_font")
def test_the_code_on_it_is_the_very_code() -> None:
    """Its squares are those of the code, dark and light, at the middle of each."""
    code = drawing.png("https://wx.example.cn/c/A-1", 8)
    with (
        Image.open(BytesIO(activity_pictures.poster(shown("对接会"), code))) as sheet,
        Image.open(BytesIO(code)) as own,
    ):
        placed = sheet.convert("L").crop((280, 840, 800, 1360))
        modules = own.width // 8
        for row in range(modules):
            for column in range(modules):
                want = own.convert("L").getpixel((column * 8 + 4, row * 8 + 4))
                at = (int((column + 0.5) * 520 / modules), int((row + 0.5) * 520 / modules))
                got = placed.getpixel(at)
                assert isinstance(want, int)
                assert isinstance(got, int)
                assert (got < 128) is (want < 128)


def test_no_line_begins_with_a_closing_sign(written: list[tuple[str, float, float]]) -> None:
    activity_pictures.card("企业家座谈会（第一期），" * 8, "2026年11月23日")
    assert not [line for line, _, _ in written if line[0] in "，。）"]


def test_without_a_chinese_font_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity_pictures, "_font_file", lambda: None)
    activity_pictures._font.cache_clear()
    assert not activity_pictures.has_font()
    with pytest.raises(NoChineseFont):
        activity_pictures.card("无字体", "11月23日")
