"""A folder of CSV files: what its columns mean, and that nothing of a file that is cut is used."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

import oldshops
from core.old_shops import OldShop
from oldshops.refused import BadExport
from tests.oldshops.test_dujiaoka import codes, figures, verdicts

FILES = {
    "products.csv": (
        "product,category,name,price,kind,tiers,on_sale,most,guide\n"
        "steam25,Steam,Steam 美区 $25,170.00,,10=165;50=160.50,,5,Open the page\n"
        "netflix,影音,Netflix 月卡,25,shared,,no,,\n"
        "level,影音,代练,9.90,by-hand,,,,\n"
    ),
    "codes.csv": (
        "product,code,state,since,batch,id\n"
        'steam25,"AAAA-1111\nBBBB-1111",,2024-05-01 20:30,May,c1\n'
        "steam25, AAAA-2222 ,,2024-05-01T20:30:00+08:00,,c2\n"
        "steam25,AAAA-2222,,,,c3\n"
        "steam25,SOLD-3333,sold,,,c4\n"
        "steam25,SOLD-3333,,,,c5\n"
        "steam25,SENT-4444,,,,c6\n"
        "steam25,LOCK-5555,locked,,,c7\n"
        "netflix,me@example.com----pw,,,,\n"
        "level,STRAY-6666,,,,c9\n"
    ),
    "orders.csv": (
        "number,title,quantity,total,at,product,text,password,contact,state\n"
        "A1,Steam x 1,1,170.00,2024-05-01 20:30,steam25,卡号：SENT-4444,open,lin@example.com,\n"
        "A2,Steam x 1,1,170.00,2024-05-01 20:31,steam25,,,,waiting\n"
        "A3,Gone x 1,1,1.00,2024-05-01 20:32,gone,X,,,finished\n"
        "A4,Steam x 1,1,170.00,2024-05-01 20:33,steam25,,,,unpaid\n"
    ),
    "members.csv": "member,name,balance,email,banned\n1,lin,20.50,lin@example.com,\n2,bao,5,,yes\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def opened(folder: Path, **options: str) -> OldShop:
    return oldshops.open("csv", str(folder), only=options.get("only"))


def test_products_and_categories(folder: Path) -> None:
    shop = opened(folder)
    steam, netflix, level = shop.products()
    assert [category.name for category in shop.categories()] == ["Steam", "影音"]
    assert (dict(steam.prices), steam.region, steam.face_value, steam.most) == (
        {1: 17000, 10: 16500, 50: 16050},
        "US",
        "25 USD",
        5,
    )
    assert (netflix.kind, netflix.on_sale, level.kind) == ("shared", False, "by-hand")


def test_a_code_without_a_number_is_the_same_wherever_its_line_stands(folder: Path) -> None:
    (folder / "codes.csv").write_text("product,code\nsteam25,AAAA-1111\nsteam25,BBBB-2222\nsteam25,CCCC-3333\n")
    before = {id: code.text.reveal() for id, code in codes(opened(folder)).items()}
    (folder / "codes.csv").write_text("product,code\nsteam25,CCCC-3333\nsteam25,BBBB-2222\n")
    after = {id: code.text.reveal() for id, code in codes(opened(folder)).items()}
    assert len(before) == 3
    assert after.items() < before.items()
    assert not any("BBBB" in id for id in before)


def test_codes(folder: Path) -> None:
    shop = opened(folder)
    shared = {code.id: code for code in shop.codes("netflix")}
    assert verdicts(shop) == dict.fromkeys(shared, "shared") | {
        **{"c1": "", "c2": "", "c5": "delivered", "c6": "delivered", "c7": "locked"},
    }
    found = codes(shop)
    assert found["c1"].text.reveal() == "AAAA-1111\nBBBB-1111"
    assert found["c2"].text.reveal() == "AAAA-2222"
    assert found["c1"].since == found["c2"].since == datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    assert found["c1"].batch == "May"


def test_orders_members_and_figures(folder: Path) -> None:
    shop = opened(folder)
    assert [order.number for order in shop.orders()] == ["A1", "A3"]
    assert [(order.number, order.why) for order in shop.owed()] == [("A2", "waiting")]
    assert [(member.name, member.balance, member.banned) for member in shop.members()] == [
        ("lin", 2050, False),
        ("bao", 500, True),
    ]
    found = figures(shop)
    expected = {"unsold": 2, "shared": 1, "quarantined": 3, "duplicates": 1, "orders_total": 17100, "credit": 2050}
    assert {name: found[name] for name in expected} == expected
    assert [check.number for check in shop.checks() if check.level == "stop"] == [10]


def test_a_cell_may_hold_a_whole_order_and_other_files_of_the_process_are_judged_as_before(folder: Path) -> None:
    sold = "\n".join(f"CODE-{number:07}" for number in range(20_000))
    with (folder / "orders.csv").open("a") as file:
        file.write(f'A5,Steam x 20000,20000,170.00,2024-05-01 20:34,steam25,"{sold}",,,\n')
    before = csv.field_size_limit()

    texts = {order.number: order.text.reveal() for order in opened(folder).orders()}

    assert len(sold) > before
    assert texts["A5"].splitlines()[-1] == "CODE-0019999"
    assert csv.field_size_limit() == before


def test_one_category_alone(folder: Path) -> None:
    assert [product.id for product in opened(folder, only="影音").products()] == ["netflix", "level"]


def test_codes_alone_are_enough(folder: Path) -> None:
    (folder / "orders.csv").unlink()
    (folder / "members.csv").unlink()
    assert len(codes(opened(folder))) == 6


@pytest.mark.parametrize(
    ("file", "broken", "said"),
    [
        ("codes.csv", FILES["codes.csv"][:-14], "codes.csv, line 11 has not as many cells"),
        ("codes.csv", FILES["codes.csv"] + 'steam25,"CUT', "codes.csv is cut"),
        ("codes.csv", FILES["codes.csv"] + "steam25,,,,,\n", "codes.csv, line 12: code is empty"),
        ("codes.csv", FILES["codes.csv"] + "xbox,HUSH-1,,,,\n", "codes of the product xbox"),
        ("codes.csv", FILES["codes.csv"] + "steam25,HUSH-1,perhaps,,,\n", "codes.csv, line 12: state can't be read"),
        ("codes.csv", "code\nHUSH-1\n", "lacks the column product"),
        (
            "orders.csv",
            FILES["orders.csv"] + "A5,x,1,1.005,2024-05-01,,,,,\n",
            "orders.csv, line 6: total can't be read",
        ),
        ("orders.csv", FILES["orders.csv"] + "A5,x,1,1.00,yesterday,,,,,\n", "orders.csv, line 6: at can't be read"),
        ("products.csv", FILES["products.csv"] + "steam25,Steam,Twice,1,,,,,\n", "names the product steam25 twice"),
        ("products.csv", "product,category,name,price,colour\n", "a column that is not known: colour"),
        ("products.csv", "product,category,name,price\n", "there are no products"),
        ("members.csv", "member,balance\n1,-5\n", "members.csv, line 2: balance can't be read"),
    ],
)
def test_what_is_not_whole_is_refused_with_its_line(folder: Path, file: str, broken: str, said: str) -> None:
    (folder / file).write_text(broken)
    with pytest.raises(BadExport, match=said) as told:
        opened(folder).checks()
    assert "HUSH" not in str(told.value)


def test_another_encoding_and_no_folder_are_refused(folder: Path) -> None:
    (folder / "products.csv").write_bytes(FILES["products.csv"].encode("gb18030"))
    with pytest.raises(BadExport, match=r"products\.csv is not in UTF-8"):
        opened(folder)
    with pytest.raises(BadExport, match="there is no folder"):
        opened(folder / "nothing")
