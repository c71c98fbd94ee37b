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
    loop = asyncio.new_event_loop()

    async def answer(read, write):
        there, back = await asyncio.open_connection('127.0.0.1', port)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(later(read, back, seconds), later(there, write, seconds))

    def serve():
        loop.run_forever()
        server.close()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    server = loop.run_until_complete(asyncio.start_server(answer, '127.0.0.1', 0))
    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        serving.join(5)
