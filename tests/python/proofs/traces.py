"""Looks for secrets in whatever form they may have been left behind."""

import base64
import gzip
import hashlib
import io
import re
import zlib

HASHES = ("md5", "sha1", "sha256")
GZIP_START = b"\x1f\x8b\x08"
# Compressed data inside compressed data inside …
DEPTH_MAX = 3
INFLATED_BYTES_MAX = 64 * 1024 * 1024
# With more zeros than this, a packed number is like any small number in a binary file.
PACKED_ZEROS_MAX = 8
# Databases are full of zeros; no secret has so many, and without them there is much less to look through.
ZEROS = re.compile(rb"\x00{64,}")


def groups(digits):
    """As it is printed on a card: 4-6-5 for American Express, 4-6-4 for Diners, fours for the others."""
    sizes = {15: (4, 6, 5), 14: (4, 6, 4)}.get(len(digits), (4,) * (-(-len(digits) // 4)))
    at = 0
    for size in sizes:
        yield digits[at : at + size]
        at += size


def packed(digits):
    """Binary coded decimal, two digits a byte: filled up at the end as on a chip, or at the beginning."""
    if digits.count("0") > PACKED_ZEROS_MAX:
        return {}
    if len(digits) % 2 == 0:
        return {"packed": bytes.fromhex(digits)}
    return {"packed, filled after": bytes.fromhex(digits + "f"), "packed, filled before": bytes.fromhex("0" + digits)}


def based(text):
    """Base64 at each of the three offsets that a text can have, without the characters that its neighbours shape."""
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + text).rstrip(b"=")
        start = -(-offset * 8 // 6)
        whole = (offset + len(text)) * 8 // 6
        yield f"base64 at {offset}", encoded[start:whole]


def forms(digits):
    """The secret in every form that is looked for, by name."""
    text = digits.encode()
    found = {
        "plain": text,
        "spaced": b" ".join(group.encode() for group in groups(digits)),
        "dashed": b"-".join(group.encode() for group in groups(digits)),
        "UTF-16LE": digits.encode("utf-16le"),
        "UTF-16BE": digits.encode("utf-16be"),
        "hex": text.hex().encode(),
        **packed(digits),
        **dict(based(text)),
    }
    for name in HASHES:
        digest = hashlib.new(name, text)
        found |= {f"{name}, raw": digest.digest(), f"{name}, hex": digest.hexdigest().encode()}
        found[f"{name}, HEX"] = digest.hexdigest().upper().encode()
        found[f"{name}, base64"] = base64.b64encode(digest.digest()).rstrip(b"=")
    return found


def hashes_alone(code):
    """What can be told of three digits: they are everywhere by chance, but not their hashes."""
    return {form: needle for form, needle in forms(code).items() if form.endswith((", raw", ", hex"))}


# A code next to a word that says what it is.
NAMED_CODE = re.compile(rb"(?i)(?:security.?code|\bcv[vcn]2?)\W{0,6}(\d{3,4})(?!\d)")


class Search:
    """Needles of several secrets, and a look through data, and through what is packed in it."""

    def __init__(self, numbers=(), codes=()):
        self.needles = [(digits, form, needle) for digits in numbers for form, needle in forms(digits).items()]
        self.needles += [(code, form, needle) for code in codes for form, needle in hashes_alone(code).items()]
        self.codes = set(codes)

    def through(self, data, depth=0):
        """Which secrets there are, in which form."""
        data = ZEROS.sub(bytes(64), data)
        found = {(digits, form) for digits, form, needle in self.needles if needle in data}
        named = {code.decode() for code in NAMED_CODE.findall(data)}
        found |= {(code, "beside its name") for code in named & self.codes}
        if depth < DEPTH_MAX:
            for inner in members(data):
                found |= {(digits, f"{form}, in gzip") for digits, form in self.through(inner, depth + 1)}
        return found

    def through_files(self, *roots):
        """The same for files and directories, with the places; and how many bytes were looked at."""
        found, seen, bytes_seen = {}, set(), 0
        for root in roots:
            for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
                # PostgreSQL has most of its files three times over.
                if path.is_file() and (digest := hashlib.sha256(data := path.read_bytes()).digest()) not in seen:
                    seen.add(digest)
                    bytes_seen += len(data)
                    if secrets := self.through(data):
                        found[str(path)] = secrets
        return found, bytes_seen


def members(data):
    """Inflates whatever looks like the beginning of a gzip member, as far as it goes."""
    at = data.find(GZIP_START)
    while at >= 0:
        inflating = zlib.decompressobj(wbits=31)
        try:
            yield inflating.decompress(data[at:], INFLATED_BYTES_MAX)
        except zlib.error:
            yield inflated_so_far(data[at:])
        at = data.find(GZIP_START, at + 1)


def inflated_so_far(data):
    """What comes out of a damaged member before the damage."""
    out = io.BytesIO()
    inflating = zlib.decompressobj(wbits=31)
    try:
        for at in range(0, len(data), 64):
            out.write(inflating.decompress(data[at : at + 64]))
    except zlib.error:
        pass
    return out.getvalue()


def planted(digits):
    """Every form of a secret, each inside something, as a leak would leave it; by name."""
    around = {form: b"before" + needle + b"after" for form, needle in forms(digits).items() if "base64 at" not in form}
    for offset in range(3):
        around[f"base64 at {offset}"] = base64.b64encode(b"x" * offset + digits.encode() + b"and more")
    around |= {f"{form}, in gzip": b"\x00noise" + gzip.compress(data) for form, data in list(around.items())}
    around["plain, in gzip, in gzip"] = gzip.compress(b"xx" + gzip.compress(b"yy" + digits.encode()))
    around["plain, in gzip"] = gzip.compress(digits.encode() * 5000)[:-12] + b"torn"
    return around
