from __future__ import annotations

from enum import StrEnum


class Cloud(StrEnum):
    """A national cloud of Microsoft Graph.

    Microsoft does not document whether the Socket.IO endpoint exists outside the global cloud.

    - `GLOBAL`: `https://graph.microsoft.com`, the default.
    - `US_GOV_L4`: US Government L4, `https://graph.microsoft.us`.
    - `US_GOV_L5`: US Government L5 (DoD), `https://dod-graph.microsoft.us`.
    - `CHINA`: China, operated by 21Vianet, `https://microsoftgraph.chinacloudapi.cn`.
    """

    GLOBAL = "global"
    US_GOV_L4 = "us-gov-l4"
    US_GOV_L5 = "us-gov-l5"
    CHINA = "china"
