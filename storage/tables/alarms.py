"""What the contacts of communities were told of that stands, until it is over."""

from collections.abc import Sequence

from payments.ports.stores import Alarm
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert, select

_ALARM = row_type(Alarm, place="platform, place_id")


class SqlAlarms:
    """See `payments.ports.stores.Alarms`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def standing(self) -> Sequence[Alarm]:
        rows = await self._tx.fetch(select("alarm", _ALARM.columns) + " WHERE over_at IS NULL ORDER BY opened_at, id")
        return _ALARM.all(rows)

    async def open(self, alarm: Alarm) -> bool:
        added = await self._tx.execute(
            insert("alarm", _ALARM.columns) + " ON CONFLICT DO NOTHING", *_ALARM.values(alarm)
        )
        return added > 0

    async def put(self, alarm: Alarm) -> bool:
        changed = await self._tx.execute(
            "UPDATE alarm SET told_at = ?, probed_at = ?, over_at = ? WHERE id = ? AND over_at IS NULL",
            alarm.told_at,
            alarm.probed_at,
            alarm.over_at,
            alarm.id,
        )
        return changed > 0
