"""Databases as released versions left them: `v12.sqlite.sql` is schema 12 on SQLite, with rows in every table.

Every later version migrates them and goes on from there. `v12.world.json` holds what Stripe and the chat platforms
knew at that moment.

Freeze a schema when it is released: `python -m tests.frozen` plays `history` on both engines and writes the three
files; then add the version to `files.VERSIONS`. Frozen files are never edited and never made again, however the history
changes: databases like them are on people's disks. A new schema gets new files.
"""
