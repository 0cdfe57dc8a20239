"""One article is one address, however it was shared; whatever names a page stays."""

from __future__ import annotations

import pytest

from wxsvc.texts.links import plain_link

ARTICLE = "https://mp.weixin.qq.com/s?__biz=MzA5&mid=2650&idx=1&sn=ab12"


@pytest.mark.parametrize(
    "shared",
    [
        ARTICLE,
        f"{ARTICLE}#rd",
        f"{ARTICLE}&chksm=8f2&scene=21#wechat_redirect",
        f"{ARTICLE}&from=timeline&isappinstalled=0",
        ARTICLE.replace("https://mp.weixin", "HTTP://MP.Weixin"),
        ARTICLE.replace(".com/", ".com:443/"),
        ARTICLE.replace(".com/", ".com./"),
        ARTICLE.replace("&", "&amp;"),
        ARTICLE.replace("https:", "http:").replace(".com/", ".com:80/"),
        "https://mp.weixin.qq.com/s?sn=ab12&mid=2650&__biz=MzA5&idx=1&sharer_shareinfo=77&scene=126&clicktime=1",
    ],
)
def test_an_article_of_wechat_is_one_address(shared: str) -> None:
    assert plain_link(shared) == ARTICLE


@pytest.mark.parametrize(
    ("shared", "plain"),
    [
        ("https://mp.weixin.qq.com/s/Ab_1-x?scene=1&from=groupmessage#rd", "https://mp.weixin.qq.com/s/Ab_1-x"),
        ("http://news.example.cn/a?id=7&utm_source=wx&utm_medium=app", "http://news.example.cn/a?id=7"),
        ("http://news.example.cn/a?from=singlemessage", "http://news.example.cn/a"),
        ("http://news.example.cn/a/#", "http://news.example.cn/a/"),
        ("HTTPS://News.Example.CN:443/A?B=1", "https://news.example.cn/A?B=1"),
        ("http://news.example.cn:80/a", "http://news.example.cn/a"),
        ("http://news.example.cn./a", "http://news.example.cn/a"),
        (
            "https://mp.weixin.qq.com/s?__biz=MzA%3D%3D&mid=2&idx=1&sn=a",
            "https://mp.weixin.qq.com/s?__biz=MzA==&mid=2&idx=1&sn=a",
        ),
    ],
)
def test_what_tells_how_it_was_shared_goes(shared: str, plain: str) -> None:
    assert plain_link(shared) == plain


@pytest.mark.parametrize(
    "link",
    [
        "https://example.cn/s?scene=1&chksm=2",
        "https://example.cn/#/news/12",
        "https://example.cn/a?from=beijing&lang=zh&version=2",
        "https://example.cn/a?id=%E4%B8%AD&b=1+2",
        "https://mp.weixin.qq.com/s?__biz=MzA5&mid=2650",
        "https://mp.weixin.qq.com/mp/appmsgalbum?__biz=MzA5&album_id=3&scene=1",
        "https://example.cn:8443/a;p=1?x&y=",
        "http://example.cn:443/a",
        "http://[2001:db8::1]:8080/a",
        "http://news.example.cn/A",
    ],
)
def test_what_names_a_page_stays(link: str) -> None:
    assert plain_link(link) == link


@pytest.mark.parametrize("link", ["http://./a", "http://example.cn:99999/", "http://example.cn:x/", "https://"])
def test_what_leads_to_no_machine_is_no_address(link: str) -> None:
    with pytest.raises(ValueError, match=r"host|[Pp]ort"):
        plain_link(link)
