"""A network with a round-trip time: a proxy on this machine that hands everything on later."""

import asyncio
import contextlib
import threading
from urllib.parse import urlsplit


class Proxy:
    """`with Proxy(url, seconds) as proxy:`; `proxy.url` leads to the same server.

    Every byte arrives half the time later, however many are on their way. A connection takes a
    round trip before its first byte, as TCP does.
    """

    def __init__(self, url, round_trip):
        self.server = urlsplit(url)
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
        listening = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.url = f"https://localhost:{listening.sockets[0].getsockname()[1]}"
        self.ready.set()
        self.loop.run_forever()
        still = asyncio.all_tasks(self.loop)
        for task in still:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*still, return_exceptions=True))
        self.loop.close()

    async def serve(self, reader, writer):
        connected = self.loop.time() + 2 * self.half
        inner, to_inner = await asyncio.open_connection(self.server.hostname, self.server.port)
        there = self.carry(reader, to_inner, connected)
        # Where it is the end of the proxy, too.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(there, self.carry(inner, writer, 0))

    async def carry(self, reader, writer, not_before):
        """Reads at once, and writes when it is time."""
        on_their_way = asyncio.Queue()
        arriving = asyncio.ensure_future(self.arrive(on_their_way, writer))
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                due = max(self.loop.time(), not_before) + self.half
                on_their_way.put_nowait((due, data))
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
