import asyncio
import os

import drivebell
from tell import end_with_stdin, tell


async def main(token: str, base_url: str) -> None:
    try:
        # Setup:
        client = drivebell.Client(token, base_url=base_url)
        async with client, client.subscribe(drivebell.Resource.my_drive()) as sub:
            async for event in sub.events():
                tell("notification" if event.kind == "changed" else event.kind, event)
        # End of setup.
    except drivebell.Error as error:
        tell("ended", error)


end_with_stdin()
asyncio.run(main(os.environ["GRAPH_TOKEN"], os.environ["GRAPH_URL"]))
