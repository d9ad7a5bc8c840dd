"""What is installed: locks, contracts, commands, and a wheel that carries all it needs."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from concierge.cli import COMMANDS, main
from concierge.cli.imports import ALSO_CALLED, KINDS
from tests.house.reading import PRODUCT, ROOT, floor, modules
from tests.sites import environment

LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
WITHOUT_WEB = {"db", "storage", "engine", "models", "workflows", "queries", "services"}
SETTING = re.compile(r"""env(?:iron)?(?:\.get\(|\[)"([A-Z][A-Z_]+)|_(?:number|networks)\(env, "([A-Z_]+)""")
READMES = ("README.md", "README.zh-CN.md")
OF_THE_MACHINE = {"XDG_DATA_HOME"}


def project() -> dict[str, object]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contracts() -> dict[str, dict[str, list[str]]]:
    """The import contracts by their id."""
    tool = project()["tool"]
    assert isinstance(tool, dict)
    return {contract["id"]: contract for contract in tool["importlinter"]["contracts"]}


def pins(lock: Path) -> dict[str, str]:
    """Package and version of every pin."""
    found = re.findall(r"^([A-Za-z0-9_.\[\]-]+)==([^ \\;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_server_and_hashes_everything(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_tests_run_on_the_versions_that_are_installed_for_use() -> None:
    tested = pins(LOCKS[1])
    assert {package: version for package, version in pins(LOCKS[0]).items() if tested.get(package) != version} == {}


def test_every_declared_dependency_is_in_the_lock() -> None:
    declared = project()["project"]
    assert isinstance(declared, dict)
    wanted = {re.split(r"[=<>\[; ]", line)[0] for line in declared["dependencies"]}
    assert wanted - {package.split("[")[0] for package in pins(LOCKS[0])} == set()


def test_the_floors_are_a_closed_list() -> None:
    floors = contracts()["floors"]
    assert floors["exhaustive"]
    named = {word.strip(" ()") for layer in floors["layers"] for word in layer.split("|")}
    assert {floor(path) for path in modules()} - {"__init__"} - named == set()


def test_no_floor_from_the_database_to_the_services_may_know_the_web() -> None:
    present = {floor(path) for path in modules()} & WITHOUT_WEB
    assert {f"concierge.{each}" for each in present} == set(contracts()["no-web-inside"]["source_modules"])


def test_the_blueprints_are_kept_apart_by_a_contract() -> None:
    rooms = {path.name for path in (PRODUCT / "blueprints").glob("*") if (path / "__init__.py").is_file()}
    apart = contracts().get("rooms", {"modules": []})["modules"]
    assert {f"concierge.blueprints.{room}" for room in rooms} == set(apart)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = CliRunner().invoke(main, [command, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage:" in shown.output


def test_the_list_of_commands_loads_nothing_heavy() -> None:
    program = "import sys, concierge.cli as c; c.main(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "flask", "redis", "cryptography"} & set(done.stdout.split())


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_lists_the_settings_that_are_read_and_no_other(readme: str) -> None:
    code = (PRODUCT / "config.py").read_text(encoding="utf-8")
    settings = {one or other for one, other in SETTING.findall(code)} - OF_THE_MACHINE
    assert len(settings) > 10
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / readme).read_text(encoding="utf-8"), re.MULTILINE)) == settings


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_lists_the_commands_and_what_is_imported(readme: str) -> None:
    rows = re.findall(
        r"^\| (`[a-z-]+`(?:[,、] ?`[a-z-]+`)*)( J)? \|(.*)\|$", (ROOT / readme).read_text("utf-8"), re.MULTILINE
    )
    listed = {name: (bool(marked), said) for names, marked, said in rows for name in re.findall("[a-z-]+", names)}
    assert set(listed) == set(COMMANDS)
    for name, (marked, _said) in listed.items():
        takes_json = "--json" in CliRunner().invoke(main, [name, "--help"]).output
        assert marked == takes_json, name
    kinds = set(re.findall("[a-z_-]+", listed["import"][1]))
    assert set(KINDS) - kinds == set(ALSO_CALLED.values())


def test_no_setting_is_read_but_in_config() -> None:
    readers = [path for path in modules() if "os.environ[" in path.read_text(encoding="utf-8")]
    readers += [path for path in modules() if "os.environ.get" in path.read_text(encoding="utf-8")]
    readers += [path for path in modules() if "os.getenv" in path.read_text(encoding="utf-8")]
    assert readers == []


def test_the_wheel_carries_templates_migrations_words_and_pictures(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    subprocess.run([*build, str(ROOT)], check=True, env=environment(), capture_output=True)
    (wheel,) = tmp_path.glob("concierge-*.whl")
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    wanted = {
        f"concierge/{path.relative_to(ROOT)}" for top in ("templates", "migrations") for path in _files(ROOT / top)
    }
    wanted |= {f"concierge/{path.relative_to(PRODUCT)}" for path in _files(PRODUCT)}
    assert wanted - carried == set()
    assert [name for name in carried if name.startswith(("tests/", "templates/", "benchmarks/"))] == []


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
