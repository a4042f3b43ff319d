"""A network with a round-trip time: a SOCKS proxy on this machine that forwards everything later."""

import asyncio
import contextlib
import struct
import threading


class Proxy:
    """`with Proxy(seconds) as proxy:`; `proxy.url` is what git's `http.proxy` takes.

    Every byte arrives half the round trip later, however many are on their way. The request to
    connect is answered after one round trip, as TCP's handshake is: only then does git send its
    first byte, so that what it does before and after runs beside the network as it would elsewhere.
    The greeting that comes before it in SOCKS costs nothing.
    """

    def __init__(self, round_trip):
        self.half = round_trip / 2
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.ready.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def run(self):
        listening = self.loop.run_until_complete(asyncio.start_server(self.relay, "127.0.0.1", 0))
        # With the h, the proxy resolves the name, which takes no round trip here.
        self.url = f"socks5h://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        self.ready.set()
        self.loop.run_forever()
        still = asyncio.all_tasks(self.loop)
        for task in still:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*still, return_exceptions=True))
        self.loop.close()

    async def relay(self, reader, writer):
        # When the proxy ends, its connections do.
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            port = await self.requested_port(reader, writer)
            answer_at = self.loop.time() + 2 * self.half
            server, to_server = await asyncio.open_connection("localhost", port)
            await asyncio.sleep(max(0, answer_at - self.loop.time()))
            writer.write(b"\x05\x00\x00\x01" + bytes(6))
            await asyncio.gather(self.carry(reader, to_server), self.carry(server, writer))

    async def requested_port(self, reader, writer):
        """Reads the greeting and the request (RFC 1928, sections 3 and 4)."""
        _version, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        _version, command, _, kind = await reader.readexactly(4)
        length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        await reader.readexactly(length)
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        if command != 1:
            raise ConnectionError("not a request to connect")
        return port

    async def carry(self, reader, writer):
        """Reads at once, and writes when it is time."""
        on_their_way = asyncio.Queue()
        arriving = asyncio.ensure_future(self.arrive(on_their_way, writer))
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                on_their_way.put_nowait((self.loop.time() + self.half, data))
        on_their_way.put_nowait((self.loop.time() + self.half, None))
        await arriving

    async def arrive(self, on_their_way, writer):
        with contextlib.suppress(ConnectionError):
            while True:
                due, data = await on_their_way.get()
                await asyncio.sleep(max(0, due - self.loop.time()))
                if data is None:
                    writer.close()
                    return
                writer.write(data)
                await writer.drain()
