"""The digits that are sent: published test numbers, and security codes of the caller's choice."""

NUMBERS = {
    "Visa": "4111111111111111",
    "MasterCard": "5555555555554444",
    "AmericanExpress": "378282246310005",
    "Discover": "6011111111111117",
    "JCB": "3530111333300000",
    "Diners": "30569309025904",
}
OTHER_VISA = "4242424242424242"
DECLINED = "4000000000000002"
DECLINED_CODE = "4000000000000127"
UNKNOWN = "4000000000000408"
ALL_NUMBERS = [*NUMBERS.values(), OTHER_VISA, DECLINED, DECLINED_CODE, UNKNOWN]
# Not a card number, and has the length of one.
BAD_CHECK_DIGIT = "4111111111111112"


class Codes:
    """Security codes, no two alike, and what is sent in place of one."""

    def __init__(self, first, amex_digits=4):
        self.first = first
        self.amex_digits = amex_digits
        self.given = 0
        self.used = set()

    def three(self):
        self.given += 1
        return self.use(f"{(self.first + 37 * self.given) % 1000:03}")

    def amex(self):
        return self.use(self.three() + "7" * (self.amex_digits - 3))

    def long(self):
        """Too long for a code, and so long that it is not found anywhere by chance."""
        return self.use(f"{self.three()}{self.first:03}97531")

    def use(self, code):
        self.used.add(code)
        return code

    def bad(self):
        """Whatever else a caller may put there."""
        code = self.three()
        return [
            self.long(),
            code[:2],
            f"{code[0]}x{code[1]}",
            f" {code}",
            int(code) + 1000,
            [code],
            {"code": code},
            True,
            "",
        ]
