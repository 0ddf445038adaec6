"""Why rows of a register are refused or mended, and what their owner can do: one list, marked for translation."""

from __future__ import annotations

from typing import Final

from geodata.layers.ledger import Reason
from geodata.messages import mark

# Refused.
NO_IDENTITY: Final = Reason(
    mark("neither a name nor a valid code"), mark("give the name of the enterprise")
)
DUPLICATE_CODE: Final = Reason(
    mark("the same code stands in an earlier row"),
    mark("delete one of the rows, or name the branch if it is one"),
)
DUPLICATE_PLACE: Final = Reason(
    mark("the same name at the same place stands in an earlier row"), mark("delete one of the rows")
)
BAD_WORKERS: Final = Reason(
    mark("the number of workers cannot be used"), mark("write a whole number of 0 or more")
)
NO_PLACE: Final = Reason(
    mark("no coordinates, and no committee, street_town, building or address to place it by"),
    mark("give coordinates, or the committee or street_town"),
)

# Kept, and mended or doubted.
CODE_MANGLED: Final = Reason(
    mark(
        "a spreadsheet turned the code into a number and its last digits are lost; the row number is its id"
    ),
    mark("format the column as text and enter the code again"),
)
CODE_SHORT: Final = Reason(
    mark("the code does not have 18 characters; the row number is its id"),
    mark("enter the 18 characters of the 统一社会信用代码"),
)
CODE_WRONG: Final = Reason(
    mark("the code fails its check character; the row number is its id"),
    mark("compare the code with the business licence"),
)
CODE_MENDED: Final = Reason(
    mark(
        "the code was valid after spaces, small letters or letters taken for digits were put right"
    ),
    mark("correct the code"),
)
CODE_DOUBT: Final = Reason(
    mark("the organisation code inside the code fails its own check"),
    mark("compare the code with the business licence"),
)
REGISTERED_ELSEWHERE: Final = Reason(
    mark("registered in another borough than where it does business; the place of business counts"),
    mark("check both addresses"),
)
BRANCH: Final = Reason(
    mark("a branch under the code of its head office; the row number is its id"),
    mark("enter the branch's own code"),
)
NAME_FROM_CODE: Final = Reason(
    mark("no name; the code stands for it"), mark("give the name of the enterprise")
)
NO_WORKERS: Final = Reason(
    mark("no number of workers; counted as 0"), mark("give the number of workers")
)
WORKERS_ROUNDED: Final = Reason(
    mark("the number of workers was not a whole number and was rounded"),
    mark("write a whole number"),
)
MEMBERS_UNUSABLE: Final = Reason(
    mark("the number of members cannot be used; counted as 0"),
    mark("write a whole number of 0 or more"),
)
MEMBERS_ABOVE: Final = Reason(
    mark("more members than workers; counted as the workers"), mark("compare both numbers")
)
NUMBER_MENDED: Final = Reason(
    mark("the number was written with separators, units or a scale"), mark("write digits only")
)
INDUSTRY_UNKNOWN: Final = Reason(
    mark("the industry is in no edition of GB/T 4754; left open"),
    mark("give the code or name of GB/T 4754"),
)
OWNERSHIP_UNKNOWN: Final = Reason(
    mark("the ownership is not known; counted as other"), mark("give the 登记注册类型")
)
OWNERSHIP_FROM_CODE: Final = Reason(
    mark("no ownership; taken from the code"), mark("give the 登记注册类型")
)
UNION_UNKNOWN: Final = Reason(
    mark("whether there is a union is not clear; counted as no"), mark("write 是 or 否")
)
JURISDICTION_UNKNOWN: Final = Reason(
    mark(
        "the jurisdiction names neither an area nor a bureau; the superior union decides, else the area"
    ),
    mark("write 地区 or 局（产业）"),
)
PARENT_LOOP: Final = Reason(
    mark("the superior unions go round in a loop"), mark("correct the superior union")
)
ACCURACY_UNKNOWN: Final = Reason(
    mark("the accuracy is not one of ours; counted as street"),
    mark("write exact, building, street, committee or street_town"),
)

ANSWER_UNCLEAR: Final = Reason(
    mark("neither yes nor no; taken as not said"), mark("write 是 or 否")
)
DIVISION_CODE_UNUSABLE: Final = Reason(
    mark("the code of its place does not have 6, 9 or 12 digits; left out"),
    mark("give the code of the borough, street_town or committee"),
)
UNION_DATE_UNUSABLE: Final = Reason(
    mark("the date the union was formed cannot be read; left out"), mark("write it as 2024-06-30")
)

# In the register and out of scope.
SCOPE_STATE: Final = mark("state-owned")
SCOPE_COLLECTIVE: Final = mark("collectively owned")
SCOPE_PUBLIC: Final = mark("a public body")
SCOPE_CLOSED: Final = mark("closed or not in business")
SCOPE_NOT_ENTITY: Final = mark("said not to be an entity")
SCOPE_NOT_OPERATING: Final = mark("no business activity")
SCOPE_NO_PREMISES: Final = mark("no place of business")
SCOPE_LETTER_BOX: Final = mark("an address that only registers, no place of business")
SCOPE_NO_WORKERS: Final = mark("no workers")
SCOPE_BY_OWNERSHIP: Final = {
    "state": SCOPE_STATE,
    "collective": SCOPE_COLLECTIVE,
    "public": SCOPE_PUBLIC,
}

# Of a visit list that was filled in.
VISIT_UNKNOWN: Final = Reason(
    mark("the enterprise is in no snapshot of the store"), mark("do not change the first columns")
)
VISIT_NO_DATE: Final = Reason(
    mark("the date of the visit is missing or cannot be read"), mark("write it as 2026-03-31")
)
VISIT_IN_FUTURE: Final = Reason(
    mark("the visit lies in the future"), mark("write the day of the visit that was made")
)
VISIT_NO_RESULT: Final = Reason(
    mark("the result is none of those offered"), mark("choose it from the list in the cell")
)
VISIT_BAD_NUMBER: Final = Reason(
    mark("the number cannot be used"), mark("write a whole number of 0 or more")
)
PART_UNUSABLE: Final = Reason(
    mark("a part of the workers, or a sum, cannot be used; left open"),
    mark("write a number of 0 or more, not above the workers"),
)
