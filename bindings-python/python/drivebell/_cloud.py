from __future__ import annotations

from enum import StrEnum


class Cloud(StrEnum):
    """A national cloud of Microsoft Graph.

    Whether the Socket.IO endpoint is served outside the global cloud is not documented.
    """

    GLOBAL = "global"
    """`https://graph.microsoft.com`, the default."""
    US_GOV_L4 = "us-gov-l4"
    """US Government L4: `https://graph.microsoft.us`."""
    US_GOV_L5 = "us-gov-l5"
    """US Government L5 (DoD): `https://dod-graph.microsoft.us`."""
    CHINA = "china"
    """China, operated by 21Vianet: `https://microsoftgraph.chinacloudapi.cn`."""
