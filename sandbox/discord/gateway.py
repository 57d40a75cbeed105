"""The gateway: a WebSocket that says hello, knows who may listen to what, and can pick up where it was cut."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
import zlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.discord import wire
from sandbox.discord.state import Guild, Json, Snowflake, World

HEARTBEAT_MS = 41_250
REPLAY_MAX = 2_000
SESSIONS_MAX = 32
RESUMABLE_S = 180.0
OUTGOING_MAX = 10_000
CHUNK = 1_000

GUILDS, MEMBERS, MODERATION, PRESENCES = 1 << 0, 1 << 1, 1 << 2, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = {"members": MEMBERS, "presences": PRESENCES, "message_content": MESSAGE_CONTENT}
INTENT_OF = {
    "GUILD_CREATE": GUILDS,
    "GUILD_UPDATE": GUILDS,
    "GUILD_DELETE": GUILDS,
    "GUILD_ROLE_CREATE": GUILDS,
    "GUILD_ROLE_UPDATE": GUILDS,
    "GUILD_ROLE_DELETE": GUILDS,
    "CHANNEL_CREATE": GUILDS,
    "GUILD_MEMBER_ADD": MEMBERS,
    "GUILD_MEMBER_UPDATE": MEMBERS,
    "GUILD_MEMBER_REMOVE": MEMBERS,
    "GUILD_BAN_ADD": MODERATION,
    "GUILD_BAN_REMOVE": MODERATION,
}


class Closing(Exception):
    """Ends a connection with one of the gateway's close codes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection:
    """One WebSocket: frames leave in order, compressed as one stream when the client asked for it."""

    def __init__(self, socket: web.WebSocketResponse, *, compressed: bool) -> None:
        self.socket = socket
        self.closing = False
        self._compressor = zlib.compressobj() if compressed else None
        self._outgoing: asyncio.Queue[Json | None] = asyncio.Queue(OUTGOING_MAX)
        self._writer = asyncio.create_task(self._write())

    def send(self, frame: Json) -> None:
        """Queues a frame; a client that does not read any more is cut off."""
        try:
            self._outgoing.put_nowait(frame)
        except asyncio.QueueFull:
            self._writer.cancel()

    async def _write(self) -> None:
        while (frame := await self._outgoing.get()) is not None:
            text = json.dumps(frame, separators=(",", ":"), ensure_ascii=False)
            with contextlib.suppress(ConnectionError):
                if self._compressor is None:
                    await self.socket.send_str(text)
                else:
                    packed = self._compressor.compress(text.encode())
                    await self.socket.send_bytes(packed + self._compressor.flush(zlib.Z_SYNC_FLUSH))

    async def close(self, code: int, reason: str) -> None:
        """Sends what is queued, then closes."""
        self.closing = True
        with contextlib.suppress(asyncio.QueueFull):
            self._outgoing.put_nowait(None)
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(self._writer, 2)
        with contextlib.suppress(ConnectionError):
            await self.socket.close(code=code, message=reason.encode()[:120])

    def stop(self) -> None:
        """Ends the writer when the socket is gone."""
        self._writer.cancel()


@dataclass(slots=True)
class Session:
    """What IDENTIFY opened; it outlives its connection for a while, and keeps what was missed."""

    id: str
    intents: int
    shard: tuple[int, int] | None
    connection: Connection | None = None
    sequence: int = 0
    missed: deque[Json] = field(default_factory=lambda: deque(maxlen=REPLAY_MAX))
    detached_at: float | None = None
    resumable: bool = True
    presence: Json | None = None

    def dispatch(self, event: str, data: Json) -> None:
        """Numbers an event, keeps it for a later RESUME, sends it when somebody listens."""
        self.sequence += 1
        frame = {"op": 0, "s": self.sequence, "t": event, "d": data}
        self.missed.append(frame)
        if self.connection is not None:
            self.connection.send(frame)

    def serves(self, guild_id: Snowflake | None) -> bool:
        """Whether this shard gets the guild's events; direct messages go to shard 0."""
        if self.shard is None:
            return True
        index, count = self.shard
        return index == ((guild_id >> 22) % count if guild_id is not None else 0)


class Gateway:
    """All sessions of the bot, and the gate by which they come in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions: OrderedDict[str, Session] = OrderedDict()
        self.refusing = False
        self.heartbeat_ms = HEARTBEAT_MS
        self.identified = 0
        self.resumed = 0
        self._connections: set[Connection] = set()

    # -- what the rest of the sandbox says --------------------------------------------------------
    def dispatch(self, event: str, data: Json, guild_id: Snowflake | None = None, *, intent: int | None = None) -> None:
        """Tells every session that serves the guild, has the intent and is not given up yet."""
        needed = INTENT_OF.get(event, 0) if intent is None else intent
        if event == "GUILD_MEMBER_UPDATE" and data["user"]["id"] == str(self.world.bot.id):
            needed = 0
        self._forget_old()
        guild = None if guild_id is None else self.world.guilds.get(guild_id)
        if guild is not None and guild.unavailable:
            return
        for session in self.sessions.values():
            if session.serves(guild_id) and (not needed or session.intents & needed):
                session.dispatch(event, data)

    def guild_available(self, guild: Guild, *, returns: bool = False) -> None:
        """GUILD_CREATE, to each session as much as its intents allow. `returns`: the guild was unavailable."""
        for session in self.sessions.values():
            if session.serves(guild.id) and session.intents & GUILDS:
                everyone = bool(session.intents & PRESENCES and session.intents & MEMBERS)
                body = wire.guild_create(guild, self.world, every_member=everyone)
                if not returns:
                    del body["unavailable"]  # only a guild that READY or GUILD_DELETE had announced carries it
                session.dispatch("GUILD_CREATE", body)

    @property
    def connected(self) -> bool:
        """Whether a bot listens now."""
        return any(session.connection is not None for session in self.sessions.values())

    @property
    def expected(self) -> bool:
        """Whether a bot listens, or may come back and resume."""
        self._forget_old()
        return bool(self.sessions)

    async def close_all(self, code: int, reason: str, *, resumable: bool) -> int:
        """Cuts every connection; answers how many there were."""
        sessions = [s for s in self.sessions.values() if s.connection is not None]
        for session in sessions:
            session.resumable = resumable
        await asyncio.gather(*(s.connection.close(code, reason) for s in sessions if s.connection is not None))
        return len(sessions)

    def say_all(self, op: int, data: Any, *, resumable: bool = True) -> int:
        """Sends an opcode (7 reconnect, 9 invalid session, 1 heartbeat) to every connection."""
        sessions = [s for s in self.sessions.values() if s.connection is not None]
        for session in sessions:
            session.resumable = resumable
            if session.connection is not None:
                session.connection.send({"op": op, "d": data, "s": None, "t": None})
        return len(sessions)

    async def stop(self) -> None:
        """Closes what is open, when the sandbox ends."""
        for connection in list(self._connections):
            await connection.close(WSCloseCode.GOING_AWAY, "sandbox stops")

    def _forget_old(self) -> None:
        now = time.monotonic()
        for session in list(self.sessions.values()):
            gone = session.detached_at is not None and now - session.detached_at > RESUMABLE_S
            if gone or (session.connection is None and not session.resumable):
                del self.sessions[session.id]
        while len(self.sessions) > SESSIONS_MAX:
            self.sessions.popitem(last=False)

    # -- what a client says -------------------------------------------------------------------------
    async def handle(self, request: web.Request) -> web.StreamResponse:
        """`GET /gateway`, upgraded."""
        if self.refusing:
            return web.Response(status=503, text="upstream connect error")
        socket = web.WebSocketResponse(max_msg_size=1 << 16, timeout=2.0)
        await socket.prepare(request)
        connection = Connection(socket, compressed=request.query.get("compress") == "zlib-stream")
        self._connections.add(connection)
        session: Session | None = None
        connection.send({"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": self.heartbeat_ms, "_trace": []}})
        try:
            while True:
                frame = await self._receive(socket)
                if frame is None:
                    break
                session = await self._frame(request, connection, session, frame)
        except Closing as closing:
            if session is not None and closing.code in (4004, 4010, 4011, 4012, 4013, 4014):
                session.resumable = False
            await connection.close(closing.code, closing.reason)
        finally:
            self._connections.discard(connection)
            connection.stop()
            if session is not None and session.connection is connection:
                session.connection = None
                session.detached_at = time.monotonic()
                if socket.close_code in (1000, 1001) and not connection.closing:  # the client wants no more of it
                    session.resumable = False
        return socket

    async def _receive(self, socket: web.WebSocketResponse) -> Json | None:
        try:
            message = await socket.receive(timeout=self.heartbeat_ms / 1000 * 2)
        except TimeoutError:
            raise Closing(4009, "Session timed out.") from None
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        if len(message.data) > 4096:
            raise Closing(4002, "Payload too large.")
        try:
            frame = json.loads(message.data)
        except ValueError:
            raise Closing(4002, "Error while decoding payload.") from None
        if not isinstance(frame, dict):
            raise Closing(4002, "Error while decoding payload.")
        return frame

    async def _frame(
        self, request: web.Request, connection: Connection, session: Session | None, frame: Json
    ) -> Session | None:
        op, data = frame.get("op"), frame.get("d")
        if op == 1:
            connection.send({"op": 11, "d": None, "s": None, "t": None})
            return session
        if op == 2:
            if session is not None:
                raise Closing(4005, "Already authenticated.")
            return self._identify(request, connection, data or {})
        if op == 6:
            if session is not None:
                raise Closing(4005, "Already authenticated.")
            return self._resume(connection, data or {})
        if op not in (3, 4, 8, 31, 43):
            raise Closing(4001, "Unknown opcode.")
        if session is None:
            raise Closing(4003, "Not authenticated.")
        if op == 3:
            session.presence = data
        elif op == 8:
            self._members(session, data or {})
        return session

    def _check_token(self, token: Any) -> None:
        wanted = self.world.application.token
        text = str(token or "").removeprefix("Bot ")
        if not text or (wanted is not None and not secrets.compare_digest(text.encode(), wanted.encode())):
            raise Closing(4004, "Authentication failed.")

    def _identify(self, request: web.Request, connection: Connection, data: Json) -> Session:
        self._check_token(data.get("token"))
        intents = data.get("intents")
        if not isinstance(intents, int) or intents < 0 or intents >= 1 << 32:
            raise Closing(4013, "Invalid intent(s).")
        if any(intents & bit and name not in self.world.application.intents for name, bit in PRIVILEGED.items()):
            raise Closing(4014, "Disallowed intent(s).")
        shard = data.get("shard")
        if shard is not None and not (isinstance(shard, list) and len(shard) == 2 and 0 <= shard[0] < shard[1]):
            raise Closing(4010, "Invalid shard.")
        session = Session(secrets.token_hex(16), intents, None if shard is None else (shard[0], shard[1]), connection)
        self.identified += 1
        self.sessions[session.id] = session
        self._forget_old()
        served = [g for g in self.world.guilds.values() if self.world.bot_in(g) and session.serves(g.id)]
        ready: Json = {
            "v": 10,
            "user": wire.bot_user(self.world.bot, owner_2fa=self.world.application.owner_2fa),
            "user_settings": {},
            "guilds": [{"id": str(g.id), "unavailable": True} for g in served],
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "auth": {},
            "_trace": [],
            "session_type": "normal",
            "session_id": session.id,
            "resume_gateway_url": f"ws://{request.host}/gateway",
            "application": {
                "id": str(self.world.application.id),
                "flags": wire.application_flags(self.world.application),
            },
        }
        if shard is not None:
            ready["shard"] = shard
        session.dispatch("READY", ready)
        if intents & GUILDS:
            everyone = bool(intents & PRESENCES and intents & MEMBERS)
            for guild in [guild for guild in served if not guild.unavailable]:
                session.dispatch("GUILD_CREATE", wire.guild_create(guild, self.world, every_member=everyone))
        return session

    def _resume(self, connection: Connection, data: Json) -> Session | None:
        self._check_token(data.get("token"))
        self._forget_old()
        session = self.sessions.get(str(data.get("session_id")))
        seq = data.get("seq")
        if session is None or not isinstance(seq, int):
            connection.send({"op": 9, "d": False, "s": None, "t": None})
            return None
        if seq > session.sequence:
            raise Closing(4007, "Invalid seq.")
        first_kept = session.missed[0]["s"] if session.missed else session.sequence + 1
        if seq < session.sequence and seq + 1 < first_kept:
            connection.send({"op": 9, "d": False, "s": None, "t": None})
            return None
        if session.connection is not None:
            session.connection.stop()
        session.connection, session.detached_at, session.resumable = connection, None, True
        for frame in [f for f in session.missed if f["s"] > seq]:
            connection.send(frame)
        self.resumed += 1
        session.dispatch("RESUMED", {"_trace": []})
        return session

    def _members(self, session: Session, data: Json) -> None:
        guild_id = str(data.get("guild_id"))
        guild = self.world.guilds.get(Snowflake(int(guild_id))) if guild_id.isdigit() else None
        if guild is None or self.world.bot_in(guild) is None or not session.serves(guild.id):
            return
        members = list(guild.members.values())
        not_found: list[str] = []
        if "user_ids" in data:
            asked = data["user_ids"] if isinstance(data["user_ids"], list) else [data["user_ids"]]
            wanted = [Snowflake(int(u)) for u in asked[:100] if str(u).isdigit()]
            members = [guild.members[u] for u in wanted if u in guild.members]
            not_found = [str(u) for u in wanted if u not in guild.members]
        else:
            query, limit = str(data.get("query") or "").lower(), int(data.get("limit") or 0)
            if not query and not limit and not session.intents & MEMBERS:
                return  # the whole list needs the privileged intent
            members = [m for m in members if query in m.user.name.lower()[: len(query)]]
            members = members[: min(limit, 100)] if limit else members
        self._send_chunks(session, guild, members, not_found, data.get("nonce"))

    def _send_chunks(
        self, session: Session, guild: Guild, members: list[Any], not_found: list[str], nonce: str | None
    ) -> None:
        pieces = [members[i : i + CHUNK] for i in range(0, len(members), CHUNK)] or [[]]
        for index, piece in enumerate(pieces):
            body: Json = {
                "guild_id": str(guild.id),
                "members": [wire.member(m) for m in piece],
                "chunk_index": index,
                "chunk_count": len(pieces),
            }
            if not_found:
                body["not_found"] = not_found
            if nonce is not None:
                body["nonce"] = nonce
            session.dispatch("GUILD_MEMBERS_CHUNK", body)
