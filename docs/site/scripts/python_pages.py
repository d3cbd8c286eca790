"""Which names of the Python packages are on which page of the reference."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    slug: str
    title: str
    module: str
    names: tuple[str, ...]


PAGES = (
    Page("client", "Client", "drivebell", ("Client", "Cloud")),
    Page("resource", "Resource", "drivebell", ("Resource",)),
    Page(
        "subscription",
        "Subscriptions",
        "drivebell",
        (
            "Subscription",
            "SubscriptionSet",
            "Notification",
            "Payload",
            "SubscriptionState",
            "SubscriptionStats",
            "SetStats",
            "Endpoint",
        ),
    ),
    Page(
        "lifecycle",
        "Lifecycle events",
        "drivebell",
        (
            "Lifecycle",
            "Connected",
            "Disconnected",
            "SigningIn",
            "Renewed",
            "Unavailable",
            "PushRefused",
            "QueryFailed",
            "Ended",
        ),
    ),
    Page(
        "changes",
        "Changes",
        "drivebell",
        (
            "Changes",
            "ChangesSet",
            "ChangeBatch",
            "MemberBatch",
            "MemberEnd",
            "DriveItem",
            "ListItem",
            "Hashes",
            "Identity",
            "RemoteItem",
            "ChangesState",
            "ChangesStats",
            "ChangesSetStats",
        ),
    ),
    Page(
        "mirror",
        "Mirror",
        "drivebell",
        (
            "Mirror",
            "MirrorSet",
            "Change",
            "ChangeKind",
            "FoundBy",
            "Initial",
            "Tree",
            "MirrorStats",
        ),
    ),
    Page(
        "shared",
        "Several processes",
        "drivebell",
        (
            "SharedChanges",
            "SharedBatch",
            "SharedRefusal",
            "OwnedDrive",
            "SharedWorker",
            "SharedStats",
            "MemoryStore",
            "SqliteStore",
            "CheckpointStore",
            "Ownership",
            "Checkpoint",
        ),
    ),
    Page(
        "credentials",
        "Credentials",
        "drivebell",
        (
            "Credential",
            "Token",
            "AccessToken",
            "TokenLike",
            "TokenRequest",
            "TokenCredential",
            "TokenInfoCredential",
            "SignInRequired",
        ),
    ),
    Page(
        "errors",
        "Errors",
        "drivebell",
        (
            "Error",
            "InvalidArgumentError",
            "AuthenticationError",
            "AccessDeniedError",
            "NotFoundError",
            "ThrottledError",
            "GraphError",
            "ConnectionFailedError",
            "TimeoutError",
            "ProtocolError",
            "StateError",
            "StorageError",
        ),
    ),
    Page(
        "sync",
        "drivebell.sync",
        "drivebell.sync",
        (
            "Client",
            "Subscription",
            "SubscriptionSet",
            "Changes",
            "ChangesSet",
            "Mirror",
            "MirrorSet",
            "SharedChanges",
            "CheckpointStore",
        ),
    ),
    Page(
        "testing",
        "drivebell.testing",
        "drivebell.testing",
        (
            "Simulator",
            "AsyncFault",
            "SyncSimulator",
            "Fault",
            "FaultAction",
            "FaultTarget",
            "Item",
            "Session",
            "SentEvent",
            "Request",
            "SimulatorError",
        ),
    ),
    Page("simulator", "drivebell_simulator", "drivebell_simulator", ("program",)),
)
# Methods make these: their constructors are nobody's business.
MADE_BY_METHODS = {
    "AsyncFault",
    "Changes",
    "ChangesSet",
    "Fault",
    "Item",
    "Mirror",
    "MirrorSet",
    "Request",
    "SentEvent",
    "Session",
    "Subscription",
    "SubscriptionSet",
    "Tree",
}
# Names of modules, and what is not to be called.
NOT_DOCUMENTED = {"drivebell": {"sync", "__version__"}}


def check_complete(exported: dict[str, set[str]]) -> None:
    """Every exported name is on exactly one page."""
    for module, names in exported.items():
        placed = [name for page in PAGES if page.module == module for name in page.names]
        wrong = set(placed) ^ (names - NOT_DOCUMENTED.get(module, set()))
        if wrong or len(set(placed)) != len(placed):
            raise SystemExit(
                f"docs/site/scripts/python_pages.py has no place, or one too many, for names of "
                f"{module}: {sorted(wrong) or sorted(placed)}"
            )
