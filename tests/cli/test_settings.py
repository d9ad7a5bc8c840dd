"""Settings come from the environment, once; a site keeps its own secrets where none are given."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from concierge.cli import main
from concierge.config import BadSetting, load_settings, place, read_settings, run_folder
from concierge.db.starting import require_ready
from concierge.models.district import District
from tests.databases import NewDatabase
from tests.office import fill, settings_for


def codes(**environ: str) -> set[str]:
    """The problems of a site with these settings."""
    return {problem.code for problem in read_settings({"CONCIERGE_DATA": "/nonexistent", **environ}).problems()}


def test_without_settings_everything_lies_in_the_data_folder(tmp_path: Path) -> None:
    settings = read_settings({"CONCIERGE_DATA": str(tmp_path)})
    assert settings.database_file == tmp_path / "concierge.db"
    assert settings.redis_url == f"unix://{run_folder(tmp_path)}/queue.sock"
    assert settings.redis_is_embedded
    assert settings.keys_file == tmp_path / "keys.json"
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.locale == "zh_CN"
    assert list(tmp_path.iterdir()) == [], "reading writes nothing"


def test_a_socket_path_is_short_wherever_the_data_lies() -> None:
    assert len(str(run_folder(Path("/" + "long/" * 60)) / "queue.sock")) < 100


def test_plain_database_addresses_get_our_driver() -> None:
    for plain in ("postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"):
        assert read_settings({"DATABASE_URL": plain}).database_url == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "８０"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(BadSetting, match="CONCIERGE_PORT"):
        read_settings({"CONCIERGE_PORT": port})


def test_a_proxy_is_named_by_its_address_or_network() -> None:
    assert read_settings({"CONCIERGE_PROXIES": "10.20.0.0/16, ::1"}).proxies == ("10.20.0.0/16", "::1")
    with pytest.raises(BadSetting, match="CONCIERGE_PROXIES"):
        read_settings({"CONCIERGE_PROXIES": "proxy.gov.example"})


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    environ = {"CONCIERGE_DATA": str(tmp_path / "data")}
    first, second = load_settings(environ), load_settings(environ)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_a_given_secret_key_is_not_written_anywhere(tmp_path: Path) -> None:
    settings = load_settings({"CONCIERGE_DATA": str(tmp_path), "CONCIERGE_SECRET_KEY": "s" * 40})
    assert settings.secret_key == "s" * 40
    assert list(tmp_path.iterdir()) == []


def test_what_is_unsafe_for_production_is_told() -> None:
    assert "weak_secret" in codes(CONCIERGE_SECRET_KEY="short")
    assert "plain_http" in codes(CONCIERGE_BASE_URL="http://talent.example")
    assert "open_redis" in codes(REDIS_URL="redis://queue.example:6379/0")
    assert "plain_mail" in codes(CONCIERGE_SMTP_URL="smtp://mail.example")


def test_a_well_set_site_has_no_problem(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.touch(mode=0o600)
    good = {
        "DATABASE_URL": "postgresql://u:p@db.example/concierge",
        "REDIS_URL": "rediss://:password@queue.example:6379/0",
        "CONCIERGE_SECRET_KEY": "0123456789abcdef0123456789abcdef",
        "CONCIERGE_KEYS": str(keys),
        "CONCIERGE_SMTP_URL": "smtps://mail.example",
        "CONCIERGE_BASE_URL": "https://talent.example",
    }
    assert codes(**good) == set()
    keys.chmod(0o644)
    assert codes(**good) == {"open_secret"}


@pytest.mark.parametrize("process", ["web", "worker", "clock"])
def test_a_site_of_real_people_is_not_served_with_unsafe_settings_and_says_why(tmp_path: Path, process: str) -> None:
    here = {"CONCIERGE_DATA": str(tmp_path)}
    assert CliRunner().invoke(main, ["setup"], env=here).exit_code == 0
    shown = CliRunner().invoke(main, [process], env=here | {"CONCIERGE_BASE_URL": "http://talent.example"})
    assert (shown.exit_code, shown.output) == (1, "Error: CONCIERGE_BASE_URL must begin with https://\n")


def test_a_demonstration_is_served_whatever_its_settings(new_database: NewDatabase, tmp_path: Path) -> None:
    database = new_database("sqlite", "office", fill)
    settings = replace(settings_for(database, tmp_path), secret_key="short", secret_key_given=True)
    require_ready(settings)
    with database.session() as session, session.begin():
        session.execute(update(District).values(is_demo=False))
    with pytest.raises(BadSetting, match="CONCIERGE_SECRET_KEY"):
        require_ready(settings)
    silent = "postgresql+psycopg://u:p@127.0.0.1:1/nothing"
    with pytest.raises(BadSetting, match="CONCIERGE_SECRET_KEY"):
        require_ready(replace(settings, database_url=silent))


def test_templates_and_migrations_are_found_in_a_checkout() -> None:
    assert (place("templates") / "layout").is_dir()
