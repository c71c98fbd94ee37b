"""A line that takes its time: everything that comes in at one port goes on to another, later."""

import asyncio
import contextlib
import threading


async def later(read, write, seconds):
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()

    async def go_on():
        while True:
            due, part = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not part:
                write.close()
                return
            write.write(part)
            await write.drain()

    going = asyncio.ensure_future(go_on())
    part = b'.'
    while part:
        try:
            part = await read.read(65536)
        except OSError:
            part = b''
        queue.put_nowait((loop.time() + seconds, part))
    with contextlib.suppress(OSError):
        await going


@contextlib.contextmanager
def slowed(port, seconds):
    """The port of a line to `port` that takes `seconds` each way."""
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def answer(read, write):
        there, back = await asyncio.open_connection('127.0.0.1', port)
        await asyncio.gather(later(read, back, seconds), later(there, write, seconds))

    def serve():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(asyncio.start_server(answer, '127.0.0.1', port + 10000))
        ready.set()
        loop.run_forever()

    threading.Thread(target=serve, daemon=True).start()
    ready.wait(5)
    try:
        yield port + 10000
    finally:
        loop.call_soon_threadsafe(loop.stop)
