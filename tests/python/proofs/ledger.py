"""What was asked and answered, held against what the database has.

Every request carries a trace id of its own, which its events keep, and fills every field of a card with values that
are derived from it. So the tables alone tell which requests took effect, how often, in which order, and whether whole.
The rules are written down here once more, on purpose without a look at how the program does it.
"""

import hashlib
import json
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

NO_CARD = bytes(16)
NO_HASH = bytes(32)

# What a request leaves in the chains of its accounts.
EFFECTS = {
    "create": ["card.created"],
    "update": ["card.updated"],
    "default": ["card.updated"],
    "choose": ["account.updated"],
    "delete": ["card.deleted"],
    "open": ["account.opened"],
    "orphan": ["card.created"],
    "attach": ["card.attached", "card.moved"],
}


@dataclass
class Write:
    """One request, and what became of it: `done`, `refused`, or still `unknown`."""

    mark: str
    kind: str
    method: str
    path: str
    body: dict
    account: str = ""
    keyed: bool = False
    outcome: str = "unknown"
    card: str = ""
    status: int = 0


class Account(NamedTuple):
    entity: bytes
    key: str
    default: bytes | None
    version: int
    seq: int
    head: bytes


class Card(NamedTuple):
    id: bytes
    entity: bytes
    account: str
    sealed: bytes | None
    month: int
    year: int
    name: str | None
    holder: str
    custom: str
    failures: int
    status: str
    created_at: int
    updated_at: int


class Event(NamedTuple):
    entity: bytes
    account: str
    seq: int
    kind: str
    card: bytes | None
    at: int
    client: bytes
    track: str | None
    body: str
    previous: bytes
    hash: bytes

    def expected_hash(self):
        """SHA-256 over the previous hash and everything the event says, texts with their lengths."""
        parts = [b"cardfile event 1", self.previous, self.entity, self.seq.to_bytes(8), self.at.to_bytes(8)]
        parts += [self.client, self.card or NO_CARD]
        for text in (self.account, self.kind, self.track or "", self.body):
            parts += [len(text.encode()).to_bytes(8), text.encode()]
        return hashlib.sha256(b"".join(parts)).digest()


# The latest event is noted in the row of the account or in that of its lone card, whichever is later.
ACCOUNTS = (
    "SELECT a.entity, a.account_key, a.default_card, a.version, "
    "CASE WHEN c.event_seq > a.event_seq THEN c.event_seq ELSE a.event_seq END, "
    "CASE WHEN c.event_seq > a.event_seq THEN c.event_head ELSE a.event_head END "
    "FROM account a LEFT JOIN card c ON c.bucket = a.bucket AND c.entity = a.entity AND c.id = a.lone_card"
)
CARDS = (
    "SELECT id, entity, account_key, sealed, expiry_month, expiry_year, holder_name, holder, custom, failures, status, "
    "created_at, updated_at FROM card"
)
EVENTS = "SELECT entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash FROM event"


class Fields(NamedTuple):
    """What a request with this mark writes into a card."""

    mark: str
    month: int
    year: int
    failures: int

    @classmethod
    def of(cls, mark, this_year):
        number = zlib.crc32(mark.encode())
        return cls(mark, 1 + number % 12, this_year + 1 + number % 5, number % 101)

    def holder(self):
        return {"addressLine1": f"{self.mark} Street", "city": f"City {self.mark}", "email": f"{self.mark}@example.com"}

    def name(self):
        return f"Holder {self.mark}"

    def custom(self):
        return {"Mark__c": self.mark}

    def are_those_of(self, card):
        row = (card.month, card.year, card.failures, card.name, json.loads(card.holder), json.loads(card.custom))
        return row == (self.month, self.year, self.failures, self.name(), self.holder(), self.custom())


class Held(NamedTuple):
    """A card as its chain has it: when it was last written, and by which request its fields."""

    at: int
    mark: str | None


@dataclass
class Chain:
    """An account as its events tell it: where the chain ends, and which cards there are, written when."""

    seq: int = 0
    head: bytes = NO_HASH
    default: bytes | None = None
    cards: dict = field(default_factory=dict)


class Ledger:
    """Follows the chains from check to check; a new one with the same writes begins again at the first event."""

    def __init__(self, this_year, writes=None):
        self.this_year = this_year
        self.writes = writes if writes is not None else {}
        self.chains = defaultdict(Chain)
        self.effects = defaultdict(list)
        self.orphans = {}
        self.pending = dict(self.writes)
        self.problems = []

    def note(self, write):
        assert write.mark not in self.writes, "marks are unique"
        self.writes[write.mark] = self.pending[write.mark] = write

    def check(self, database):
        """Everything that is wrong now; nothing must be writing meanwhile."""
        self.problems = []
        with database.reader() as select:
            accounts = {(row.entity, row.key): row for row in map(Account._make, select(ACCOUNTS))}
            events = self.new_events(select)
            cards = list(map(Card._make, select(CARDS)))
        touched = {(event.entity, event.account) for event in events}
        for event in events:
            self.follow(event)
        self.check_accounts(accounts)
        self.check_cards(cards, touched)
        self.check_effects()
        return self.problems

    def problem(self, text):
        self.problems.append(text)

    def new_events(self, select):
        """In the order of each chain. No index leads to those of an account, so each look takes all."""
        events = list(map(Event._make, select(EVENTS)))
        for (entity, account, seq), count in Counter((e.entity, e.account, e.seq) for e in events).items():
            if count > 1:
                self.problem(f"account {account} has {count} events with the number {seq}")
        return sorted(event for event in events if event.seq > self.chains[event.entity, event.account].seq)

    def follow(self, event):
        """Adds an event to its chain and lets it happen."""
        place = f"event {event.account}/{event.seq}"
        chain = self.chains[event.entity, event.account]
        if event.seq != chain.seq + 1:
            self.problem(f"{place} follows number {chain.seq}")
        if event.previous != chain.head:
            self.problem(f"{place} does not hold the hash of the one before")
        if event.hash != event.expected_hash():
            self.problem(f"{place} does not have the hash of what it says")
        chain.seq, chain.head = event.seq, event.hash
        if event.track not in self.pending:
            self.problem(
                f"{place} is of no request, or of one that had its effect or its refusal before: {event.track}"
            )
        self.effects[event.track].append(event)
        self.happen(chain, event, place)

    def happen(self, chain, event, place):
        if event.kind in ("card.moved", "card.deleted"):
            if chain.cards.pop(event.card, None) is None:
                self.problem(f"{place} takes away a card that was not there")
        elif event.kind == "card.attached":
            # Its fields are those that it was made with: the load attaches without changing anything else.
            chain.cards[event.card] = Held(event.at, None)
        elif event.kind != "account.updated":
            chain.cards[event.card] = Held(event.at, event.track)
            if event.account.startswith("~"):
                self.orphans[event.card] = event.track
        if json.loads(event.body).get("default") is True:
            chain.default = event.card

    def check_accounts(self, accounts):
        for key in set(self.chains) - set(accounts):
            self.problem(f"account {key[1]} has events and is not there")
        for key, account in accounts.items():
            chain = self.chains[key]
            if (account.seq, account.head) != (chain.seq, chain.head):
                self.problem(f"account {account.key} is at event {account.seq}, its chain ends at {chain.seq}")
            if not 1 <= account.version <= account.seq:
                self.problem(f"account {account.key} was written {account.version} times for {account.seq} events")
            if account.default != chain.default:
                self.problem(f"the default of account {account.key} is not the one that its events chose")
            if account.default and account.default not in chain.cards:
                self.problem(f"the default of account {account.key} is a card that is not there")

    def check_cards(self, cards, touched):
        rows = defaultdict(dict)
        for card in cards:
            rows[card.entity, card.account][card.id] = card
        for key in set(rows) - set(self.chains):
            self.problem(f"there are cards of account {key[1]}, which has no events")
        for key, chain in self.chains.items():
            missing, extra = set(chain.cards) - set(rows[key]), set(rows[key]) - set(chain.cards)
            if missing or extra:
                self.problem(f"account {key[1]} lacks {len(missing)} of its cards and has {len(extra)} others")
            for id in set(rows[key]) & set(chain.cards) if key in touched else ():
                self.check_card(rows[key][id], chain.cards[id])

    def check_card(self, card, held):
        fields = Fields.of(held.mark or self.orphans.get(card.id, ""), self.this_year)
        if not fields.are_those_of(card):
            self.problem(f"card {card.id.hex()} is not as {fields.mark} wrote it, or only in part")
        if card.updated_at != held.at or card.created_at > held.at:
            self.problem(f"card {card.id.hex()} and its last event are not of one moment")
        if not card.sealed or card.status != "Active":
            self.problem(f"card {card.id.hex()} lost its number or is not active")

    def check_effects(self):
        """What was acknowledged is there once, what was refused is not, and the rest is there whole or not at all."""
        for write in list(self.pending.values()):
            events = self.effects[write.mark]
            kinds = sorted(event.kind for event in events)
            wanted = EFFECTS[write.kind]
            if kinds not in {"done": [wanted], "refused": [[]], "unknown": [[], wanted]}[write.outcome]:
                self.problem(f"{write.mark}, a {write.kind} that is {write.outcome}, left {kinds or 'nothing'}")
            if write.card and any(event.card and event.card.hex() != write.card for event in events):
                self.problem(f"{write.mark} left an event of another card")
            # What nobody knows may be asked again under its key; all else has had its effect by now.
            if write.outcome != "unknown" or not write.keyed:
                del self.pending[write.mark], self.effects[write.mark]
