"""What docker/ promises is what the product has: settings, commands, paths. No container engine is needed to know."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from tests.faults.engine import restart_steps
from tests.real import missing
from wxsvc import request_bodies, secret_files
from wxsvc.chat import callback
from wxsvc.settings import Development, Mode, Settings

DOCKER = Path(__file__).parents[2] / "docker"
WXSVC = Path(sys.executable).with_name("wxsvc")

EXAMPLE = re.findall(r"^(#?)(WXSVC_\w+)=(.*)$", (DOCKER / "env.example").read_text(), re.MULTILINE)


def composed(name: str) -> Any:
    """What a compose file says, its anchors resolved and its variables filled in."""
    text = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: found[2] or "letters", (DOCKER / name).read_text())
    return yaml.safe_load(text)


def commands() -> list[list[str]]:
    """Every command of ours that the Dockerfile and the compose file start."""
    text = (DOCKER / "Dockerfile").read_text() + (DOCKER / "compose.yaml").read_text()
    found = [json.loads(line) for line in re.findall(r"(?:CMD|command:) (\[\"wxsvc\".*\])$", text, re.MULTILINE)]
    units = [path.read_text() for path in sorted((DOCKER / "systemd").glob("*.service"))]
    started = re.findall(r"^ExecStart=.*?/bin/(wxsvc [^/'\n]+)", "\n".join(units), re.MULTILINE)
    assert len(started) == len(units) > 0
    return found + [each.split() for each in started]


def test_every_setting_is_explained_and_every_explained_setting_exists() -> None:
    explained = [name for _, name, _ in EXAMPLE]
    assert sorted(explained) == sorted(f"WXSVC_{name.upper()}" for name in Settings.model_fields)


def test_the_defaults_shown_are_the_defaults() -> None:
    real = {
        "wechat": "real",
        "wechat_app_id": "wx",
        "wechat_app_secret": "s",
        "wechat_token": "t",
        "wechat_aes_key": Development.AES_KEY,
        "public_url": "https://wx.example.cn",
        "secret_key": "k" * 32,
    }
    settings = Settings.model_validate(real)
    for commented, name, shown in EXAMPLE:
        if commented and shown and name != "WXSVC_WECHAT_VERIFY_FILE":
            assert str(getattr(settings, name.removeprefix("WXSVC_").lower())) == shown, name


def test_the_example_works_once_its_blanks_are_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    for commented, name, value in EXAMPLE:
        if not commented:
            monkeypatch.setenv(name, value or "k" * 43)
    settings = Settings()
    assert settings.wechat_mode is Mode.SAFE
    assert settings.public_url == "https://wx.example.cn"


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_exists_with_its_options(command: list[str]) -> None:
    words = list(takewhile(str.isalpha, command[1:]))
    options = {word for word in command if word.startswith("--")}
    shown = subprocess.run([WXSVC, *words, "--help"], capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert {option for option in options if option not in shown.stdout} == set()


def said_of_units(folder: Path, replaced: str, by: str) -> str:
    """What systemd complains of in our units, where the program is here and one key is written otherwise."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        missing("no systemd-analyze: install the package systemd")
    for unit in (DOCKER / "systemd").iterdir():
        text = unit.read_text().replace("/opt/wxsvc/bin/wxsvc", str(WXSVC)).replace("/usr/bin/curl", sys.executable)
        (folder / unit.name.replace("@.", "@8000.")).write_text(text.replace(replaced, by) if replaced else text)
    done = subprocess.run(
        [analyze, "verify", "--man=no", *sorted(map(str, folder.iterdir()))], capture_output=True, text=True
    )
    return done.stdout + done.stderr


def test_systemd_knows_every_line_of_our_units(tmp_path: Path) -> None:
    assert said_of_units(tmp_path, "", "") == ""


def test_systemd_is_really_asked(tmp_path: Path) -> None:
    assert said_of_units(tmp_path, "ProtectHome", "ProtectHoem").count("Unknown key") == 5


def test_the_image_copies_what_exists() -> None:
    root = DOCKER.parent
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names >= {"constraints.txt", "pyproject.toml", "package-lock.json", "wxsvc", "models", "scoring"}
    assert {name for name in names if not (root / name).exists()} == set()
    allowed = set(re.findall(r"^!(\S+)$", (DOCKER / "Dockerfile.dockerignore").read_text(), re.MULTILINE))
    assert names == allowed


def test_the_image_has_the_bytecode_of_pythons_own_library() -> None:
    """Made while its folder can still be written to: the base image has none."""
    last = (DOCKER / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    made, user = re.search(r"^RUN python -m compileall -q /usr/local/lib$", last, re.MULTILINE), last.index("\nUSER ")
    assert made is not None
    assert made.start() < user


def test_the_proxys_limits_are_those_of_the_web_service() -> None:
    text = (DOCKER / "Caddyfile").read_text()
    seconds = {name: int(number) for name, number in re.findall(r"(read_header|read_body|keepalive) (\d+)s", text)}
    assert seconds["read_header"] == request_bodies.HEADER_SECONDS
    assert seconds["read_body"] == request_bodies.SIGNED_IN_SECONDS
    assert seconds["keepalive"] < request_bodies.HEADER_SECONDS, "granian ends an idle connection after that"
    unknown, known = (
        int(number) * {"K": 1000, "M": 1000**2}[unit] for number, unit in re.findall(r"max_size (\d+)([KM])B", text)
    )
    assert request_bodies.ANONYMOUS_BYTES <= unknown < 2 * request_bodies.ANONYMOUS_BYTES
    assert known >= request_bodies.largest("/p/activity/A-1/wrap-up", Settings())


def test_each_proxy_knows_every_address_of_pushes() -> None:
    """Where one that broke off is sent anew; at no other address is twice as good as once."""
    retried = re.search(r"lb_retry_match path (.*)$", (DOCKER / "Caddyfile").read_text(), re.MULTILINE)
    assert retried is not None
    assert tuple(retried[1].split()) == callback.ADDRESSES
    places = re.findall(r"^\t\tlocation (\S+) (\S+) \{\n(.*?)^\t\t\}", (DOCKER / "nginx.conf").read_text(), re.M | re.S)
    ((kind, form),) = [place[:2] for place in places if "non_idempotent" in place[2]]
    assert kind == "~", "an exact one would leave out the address with a last slash"
    assert [path for path in (*callback.ADDRESSES, "/wechats", "/wechat/x", "/a/wechat") if re.search(form, path)] == [
        *callback.ADDRESSES
    ]


def test_every_build_argument_may_be_given_by_compose_and_is_explained() -> None:
    named = set(re.findall(r"^ARG (\w+)=", (DOCKER / "Dockerfile").read_text(), re.MULTILINE))
    assert named == {"PIP_INDEX_URL", "NPM_REGISTRY", "DEBIAN_MIRROR"}
    guide = (DOCKER.parent / "docs" / "operator.md").read_text()
    compose = (DOCKER / "compose.yaml").read_text()
    for name in named:
        assert f"{name}: ${{{name}:-}}" in compose
        assert f"--build-arg {name}=" in guide


def test_secrets_as_files_reach_every_process_of_ours() -> None:
    base, extra = composed("compose.yaml"), composed("compose.secrets.yaml")
    ours = {name for name, service in base["services"].items() if service["image"] == "wxsvc"}
    assert set(extra["services"]) == ours
    files = {f"WXSVC_{name.upper()}" for name in secret_files.names()}
    for service in extra["services"].values():
        assert service["environment"].keys() <= files
        assert {Path(path).name for path in service["environment"].values()} == set(service["secrets"])
        assert set(service["secrets"]) == set(extra["secrets"])


@pytest.mark.parametrize("name", ["compose.yaml", "compose.secrets.yaml"])
def test_compose_files_keep_the_compose_specification(name: str) -> None:
    PyCompose.from_json(json.dumps(composed(name))).validate()


@pytest.mark.parametrize("fault", [{"read_onyl": True}, {"restart": "sometimes"}, {"secrets": ["nobody"]}])
def test_the_compose_specification_is_really_asked(fault: dict[str, Any]) -> None:
    broken = composed("compose.yaml")
    broken["services"]["web"] |= fault
    with pytest.raises(ValueError, match=r"read_onyl|sometimes|nobody"):
        PyCompose.from_json(json.dumps(broken)).validate()


def test_services_name_only_services_volumes_and_files_that_exist() -> None:
    compose = composed("compose.yaml")
    for service in compose["services"].values():
        assert set(service.get("depends_on", ())) <= set(compose["services"])
        for source in (volume.split(":")[0] for volume in service.get("volumes", ())):
            made_by_the_engine = source in compose["volumes"] or source == "./backups"
            assert made_by_the_engine or (source.startswith("./") and (DOCKER / source).exists()), source


def test_nothing_private_passes_the_proxy() -> None:
    assert "@private path /metrics /readyz" in (DOCKER / "Caddyfile").read_text()


def test_the_proxy_knows_every_web_and_each_is_waited_for_in_a_restart() -> None:
    """One after the other: what begins with the second while the first is not back refuses scans."""
    upstreams = re.search(r"^\treverse_proxy (.*) \{$", (DOCKER / "Caddyfile").read_text(), re.MULTILINE)
    assert upstreams is not None
    webs = [each.removesuffix(":8000") for each in upstreams[1].split()]
    compose = (DOCKER / "compose.yaml").read_text()
    assert webs == re.findall(r"^  (web\w*):", compose, re.MULTILINE)
    steps = (DOCKER / "restart.sh").read_text()
    assert re.findall(r"--wait (\w+)$", steps, re.MULTILINE) == webs
    assert steps.index("run --rm --no-deps schema") < steps.index("--wait")


def test_a_restart_takes_the_files_that_compose_takes(tmp_path: Path) -> None:
    """Secrets as files are in a second one: without it no container would have them after the restart."""
    plain = restart_steps(tmp_path)
    with_secrets = restart_steps(tmp_path, "-f", "docker/compose.secrets.yaml")
    assert with_secrets == [[*step[:3], "-f", "docker/compose.secrets.yaml", *step[3:]] for step in plain]
