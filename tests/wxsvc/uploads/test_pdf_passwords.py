"""PDFs that nobody at the desk can open are refused; those that are only kept from being changed are not."""

from __future__ import annotations

import random

import pytest

from wxsvc.uploads import pdf_passwords
from wxsvc.uploads.filetypes import PDF, FileFault, FileRefused, media_type_of

IDENTIFIER = "0da286194ffc3c43de7fc282ff450e46"

# How several programs (qpdf, Ghostscript) say that they encrypted: version, revision, rights, and what the empty
# password is compared with (O, U); the first of each pair has no password for users, the second has one.
OPEN = {
    "40 bits": (
        "/V 1 /R 2 /Length 40 /P 4294967292",
        "d8a81f2f756b03f0e776376607dc67c098531ac3e51f6e5cf0fc1473b1ce0975",
        "76b56d73b840b3011033f855c10074f5777e74c4b0ddcb38ad2f391e824ccbb9",
        "923b6cfc323d45383d0730b2d080938b",
    ),
    "128 bits": (
        "/V 2 /R 3 /Length 128 /P 4294967292",
        "77b8fb098022d3ab34237ea5643c08710ea5123fc5f88bf993a68cca5f12b40f",
        "986861b12ae6d13d70b33c4f272f857d28bf4e5e4e758a4164004e56fffa0108",
        "21f7dff14e9f83ae0d4f51b1b41803fc",
    ),
    "AES": (
        "/V 4 /R 4 /CF << /StdCF << /CFM /AESV2 /Length 16 >> >> /StmF /StdCF /StrF /StdCF /Length 128 /P -1028",
        "65fbeeb76e4691b7dc4babe5b911ce87196f39d0cfda0f00920838327413a714",
        "48919df3a5c1c23c47063aa773c3baa70021446990b9e4114071a4d9104984c1",
        IDENTIFIER,
    ),
    "open metadata": (
        "/V 4 /R 4 /CF << /StdCF << /CFM /V2 /Length 16 >> >> /EncryptMetadata false /Length 128 /P -1028",
        "65fbeeb76e4691b7dc4babe5b911ce87196f39d0cfda0f00920838327413a714",
        "cc4c9c3ebfca464c856c934f96b76e610021446990b9e4114071a4d9104984c1",
        IDENTIFIER,
    ),
    "256 bits of Acrobat 9": (
        "/V 5 /R 5 /Length 256 /P -1028",
        "d11fadb0d6cc47f59f5501eb9aba87b6d2832ea6cbfbfc056279f77b233758d1fd78c1ce6e0ee4e67dfd99c1ac24d60b",
        "5b4773ea544905daffbef11cbef2dfabb9efc70ff30aa3237133de8577554eb5045287d89c69fe523369cbd809b1c175",
        IDENTIFIER,
    ),
    "256 bits": (
        "/V 5 /R 6 /Length 256 /P -1028",
        "be5e9c50e4594d8e41a3d8306f57137aac6e17cd0c226fd2415cc0e488be119ac6e7135ab444b4e497088bfd12865632",
        "edfc827b1afd51b813d427e498f4fa420a1fd2886f6acf2101ecc2c1a4d281789a5d0c9a8558290031791042d7cb4518",
        IDENTIFIER,
    ),
}
LOCKED = {
    "40 bits": (
        "/V 1 /R 2 /Length 40 /P -12",
        "046297274447c6bef76f396c7ed09d177e086e69e0bf1d7cb6db3210fc73409e",
        "6f5474fb979bfb2152d2c0cc4372afe4a134d1e5a978e9b973df13bf16220ab2",
        IDENTIFIER,
    ),
    "128 bits": (
        "/V 2 /R 3 /Length 128 /P 4294967292",
        "2a2f0a1990192c60114730bdcd39f37828a53c89a340dd473c85299dc5258e1c",
        "6e4ae4d73cb8db424d6c99fc0338286328bf4e5e4e758a4164004e56fffa0108",
        "1a0dfacd5c3858548678f695b2dfa419",
    ),
    "256 bits of Acrobat 9": (
        "/V 5 /R 5 /Length 256 /P -1028",
        "b85648ef05abef1be9d4173803616ca06f27c07534f1d181c855d0493fa394e3bee051420fd020a0056a728140abfab8",
        "d6dc38c8163c05c711f6fe46134945f221606c46afa33f82b652ba3a7c2ca74ed498d4d603d0c92cb8dd879c0420b426",
        IDENTIFIER,
    ),
    "256 bits": (
        "/V 5 /R 6 /Length 256 /P -1028",
        "70f102fed6ed0c7686aa284ee2e2d0b8c7a19a9b12a8a72ce3d0ea965c1d9c85b3dd9068c79094a684992483ef9e8fae",
        "47ca57c66e7315772e67852520bbf0d24acf9d48bfe4073f08b34b1514e01b4dc5c8e4b666b78410d03b102519d7722e",
        IDENTIFIER,
    ),
}


def hexadecimal(text: str) -> bytes:
    return b"<" + text.encode() + b">"


def literal(text: str) -> bytes:
    """As most programs write it: the bytes themselves, some of them escaped."""
    told = b"".join(
        b"\\%03o" % each if each < 32 else b"\\" + bytes([each]) if each in b"()\\" else bytes([each])
        for each in bytes.fromhex(text)
    )
    return b"(" + told + b")"


def paper(how: tuple[str, str, str, str], written: object = hexadecimal, *, is_inline: bool = False) -> bytes:
    """A PDF of one page that is encrypted so."""
    write = literal if written is literal else hexadecimal
    said, owner, user, identifier = how
    entries = b"<< /Filter /Standard %s /O %s /U %s >>" % (said.encode(), write(owner), write(user))
    page = b"%PDF-1.7\n1 0 obj << /Type /Page >> endobj\n"
    trailer = b"/ID [%s%s]" % (write(identifier), write("00" * 16))
    if is_inline:
        return page + b"trailer << %s /Encrypt %s >>\nstartxref\n0\n%%%%EOF" % (trailer, entries)
    return page + b"6 0 obj %s endobj trailer << /Encrypt 6 0 R %s >>\nstartxref\n0\n%%%%EOF" % (entries, trailer)


@pytest.mark.parametrize("is_inline", [True, False])
@pytest.mark.parametrize("written", [hexadecimal, literal])
@pytest.mark.parametrize("how", OPEN)
def test_a_pdf_that_nobody_may_change_is_taken(how: str, written: object, is_inline: bool) -> None:
    assert media_type_of(paper(OPEN[how], written, is_inline=is_inline)) == PDF


@pytest.mark.parametrize("is_inline", [True, False])
@pytest.mark.parametrize("written", [hexadecimal, literal])
@pytest.mark.parametrize("how", LOCKED)
def test_a_pdf_with_a_password_is_refused(how: str, written: object, is_inline: bool) -> None:
    with pytest.raises(FileRefused) as refused:
        media_type_of(paper(LOCKED[how], written, is_inline=is_inline))
    assert refused.value.reason is FileFault.LOCKED


def test_a_pdf_for_the_holder_of_a_certificate_is_refused() -> None:
    content = paper(OPEN["AES"]).replace(b"/Standard", b"/Adobe.PubSec")
    assert pdf_passwords.is_needed(content)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"/R 3", b"/R 9"),
        (b"/R 3", b""),
        (b"/O <", b"/X <"),
        (b"/Length 128", b"/Length 0"),
        (b"/P 4294967292", b"/P many"),
        (b"6 0 obj", b"7 0 obj"),
    ],
)
def test_what_cannot_be_told_is_no_reason_to_refuse(before: bytes, after: bytes) -> None:
    content = paper(LOCKED["128 bits"])
    assert pdf_passwords.is_needed(content)
    assert not pdf_passwords.is_needed(content.replace(before, after))


def test_one_state_that_opens_is_enough() -> None:
    assert not pdf_passwords.is_needed(paper(LOCKED["256 bits"]) + paper(OPEN["256 bits"]))


def test_a_damaged_pdf_raises_nothing_else() -> None:
    chance = random.Random(1)
    for how in (*OPEN.values(), *LOCKED.values()):
        for _ in range(100):
            content = bytearray(paper(how, literal))
            for _ in range(20):
                content[chance.randrange(8, len(content))] = chance.choice(b"()<>/ 089\\\x00\xff")
            assert pdf_passwords.is_needed(bytes(content)) in (True, False)
