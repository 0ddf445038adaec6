"""Names under which columns arrive, per layer, and the columns that are never read.

The spellings were gathered from published registers and survey forms. A header is compared after
:func:`bare_header`: NFKC, lower case, without spaces, punctuation, marks of obligation and numbering.
"""

from __future__ import annotations

import re
from typing import Final

from geodata.cleaning.text import clean_string

_BRACKETED: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】|\{[^{}]*\}|<[^<>]*>")
_MARKS: Final = re.compile(r"[\s*★☆#:：;,、，。./\\\-_—·()\[\]【】{}<>《》\"'“”]+")
_NUMBERING: Final = re.compile(r"^(?:\(?\d{1,2}[.、)]\s*|[一二三四五六七八九十]{1,3}、)")

REGISTER: Final[dict[str, tuple[str, ...]]] = {
    "name": (
        "企业名称",
        "单位名称",
        "公司名称",
        "企业(单位)名称",
        "单位详细名称",
        "企业全称",
        "单位全称",
        "法人单位名称",
        "用人单位名称",
        "商户名称",
        "机构名称",
        "市场主体名称",
        "名称",
        "企业",
        "单位",
        "name",
        "enterprise",
        "enterprise_name",
        "company",
        "company_name",
    ),
    "uscc": (
        "统一社会信用代码",
        "社会信用代码",
        "信用代码",
        "统一信用代码",
        "组织机构代码",
        "统一代码",
        "统一社会信用代码/组织机构代码",
        "统一社会信用代码(组织机构代码)",
        "机构代码",
        "注册号",
        "工商注册号",
        "营业执照号",
        "营业执照注册号",
        "uscc",
        "credit_code",
        "usci",
        "enterprise_id",
    ),
    "address": (
        "经营地址",
        "实际经营地址",
        "单位地址",
        "通讯地址",
        "企业地址",
        "经营场所",
        "生产经营地址",
        "办公地址",
        "详细地址",
        "地址",
        "所在地址",
        "经营地",
        "address",
        "business_address",
    ),
    "registered_address": (
        "注册地址",
        "住所",
        "登记地址",
        "工商注册地址",
        "注册地",
        "法定地址",
        "registered_address",
    ),
    "workers": (
        "职工人数",
        "职工总数",
        "从业人员数",
        "员工数",
        "在册职工",
        "在册职工数",
        "从业人员",
        "从业人数",
        "员工人数",
        "员工总数",
        "职工数",
        "从业人员期末人数",
        "期末从业人员",
        "在职职工",
        "在职职工数",
        "在职职工人数",
        "在岗职工人数",
        "用工人数",
        "职工(人)",
        "参保人数",
        "社保人数",
        "workers",
        "employees",
        "staff",
        "headcount",
    ),
    "members": (
        "会员人数",
        "工会会员数",
        "会员数",
        "工会会员人数",
        "工会会员",
        "会员总数",
        "入会人数",
        "members",
        "union_members",
    ),
    "women": ("女职工数", "女职工人数", "女职工", "女性职工数", "women"),
    "migrants": ("农民工数", "农民工人数", "农民工", "农民工会员数", "migrants"),
    "industry": (
        "行业代码",
        "国民经济行业",
        "行业类别",
        "所属行业",
        "行业",
        "行业分类",
        "国民经济行业分类",
        "国民经济行业代码",
        "行业门类",
        "行业名称",
        "主要行业",
        "industry",
        "industry_code",
    ),
    "industry_division": (
        "行业大类",
        "行业大类代码",
        "行业中类",
        "行业小类",
        "行业小类代码",
        "industry_division",
    ),
    "ownership": (
        "登记注册类型",
        "经济类型",
        "企业类型",
        "注册类型",
        "单位性质",
        "企业性质",
        "登记注册统计类别",
        "所有制",
        "所有制性质",
        "经济性质",
        "经济成分",
        "市场主体类型",
        "登记类型",
        "ownership",
    ),
    "holding": ("控股情况", "企业控股情况", "控股类型", "holding"),
    "borough_name": (
        "所属区",
        "行政区",
        "所在区",
        "区",
        "区县",
        "所属区县",
        "区名称",
        "borough",
        "borough_name",
    ),
    "street_town_name": (
        "所属街镇",
        "所属街道",
        "街道(镇)",
        "乡镇街道",
        "街道",
        "街镇",
        "所在街道",
        "所在街镇",
        "街道乡镇",
        "街道/镇",
        "乡镇(街道)",
        "镇(街道)",
        "所属乡镇",
        "所属街道(镇)",
        "街镇名称",
        "街道名称",
        "street_town",
        "street_town_name",
        "street",
        "town",
    ),
    "committee_name": (
        "所属居村",
        "居委会",
        "村居",
        "居村",
        "所属居委会",
        "居村委",
        "居(村)委会",
        "村(居)委会",
        "社区",
        "所属社区",
        "居民委员会",
        "所在社区",
        "村委会",
        "居委",
        "committee",
        "committee_name",
    ),
    "carrier_name": (
        "所属园区",
        "楼宇名称",
        "商圈",
        "所属楼宇",
        "园区名称",
        "园区",
        "楼宇",
        "所在楼宇",
        "所在园区",
        "所属商圈",
        "商务楼宇",
        "载体",
        "载体名称",
        "所属载体",
        "大厦",
        "楼宇/园区",
        "所在楼宇(园区)",
        "building",
        "carrier",
        "carrier_name",
        "park",
    ),
    "unionised": (
        "是否建会",
        "建会情况",
        "是否建立工会",
        "是否已建会",
        "建会状态",
        "是否组建工会",
        "是否成立工会",
        "工会组建情况",
        "unionised",
        "unionized",
    ),
    "union_date": (
        "建会日期",
        "建会时间",
        "工会成立时间",
        "工会成立日期",
        "成立工会时间",
        "union_date",
    ),
    "union_name": (
        "工会名称",
        "基层工会名称",
        "所在工会",
        "所属工会",
        "工会组织名称",
        "union_name",
        "union",
    ),
    "parent_union": (
        "上级工会",
        "隶属工会",
        "上级工会名称",
        "隶属关系",
        "主管工会",
        "parent_union",
    ),
    "union_kind": ("工会组织类型", "工会类型", "建会形式", "建会方式", "union_kind"),
    "units_covered": ("涵盖单位数", "覆盖单位数", "涵盖企业数", "涵盖法人单位数", "units_covered"),
    "jurisdiction": (
        "管辖",
        "管辖关系",
        "管理归属",
        "局(产业)/地区",
        "所属局",
        "所属系统",
        "jurisdiction",
    ),
    "status": (
        "经营状态",
        "企业状态",
        "登记状态",
        "营业状态",
        "存续状态",
        "状态",
        "运营状态",
        "status",
    ),
    "lon": (
        "经度",
        "经度坐标",
        "坐标经度",
        "百度经度",
        "高德经度",
        "lng",
        "lon",
        "long",
        "longitude",
        "x",
        "x坐标",
        "坐标x",
        "point_x",
        "经度(wgs84)",
        "wgs84_lng",
        "wgs84_lon",
    ),
    "lat": (
        "纬度",
        "纬度坐标",
        "坐标纬度",
        "百度纬度",
        "高德纬度",
        "lat",
        "latitude",
        "y",
        "y坐标",
        "坐标y",
        "point_y",
        "纬度(wgs84)",
        "wgs84_lat",
    ),
    "lonlat": ("经纬度", "坐标", "经纬度坐标", "地理坐标", "location", "coordinates", "lnglat"),
    "datum": ("坐标系", "坐标系统", "坐标类型", "坐标基准", "datum", "crs"),
    "accuracy": ("坐标精度", "定位精度", "精度", "位置精度", "accuracy"),
}

PLACES: Final[tuple[str, ...]] = ("lon", "lat", "lonlat", "datum", "accuracy")

SITES: Final[dict[str, tuple[str, ...]]] = {
    "site_id": (
        "编号",
        "站点编号",
        "场所编号",
        "阵地编号",
        "site_id",
        "id",
        "代码",
        "编码",
        "标识",
    ),
    "name": (
        "名称",
        "场所名称",
        "站点名称",
        "阵地名称",
        "网点名称",
        "设施名称",
        "点位名称",
        "单位名称",
        "学校名称",
        "name",
        "site_name",
    ),
    "kind": (
        "类型",
        "场所类型",
        "类别",
        "设施类型",
        "阵地类型",
        "性质",
        "分类",
        "kind",
        "type",
        "category",
    ),
    "address": REGISTER["address"],
    "owner": (
        "产权单位",
        "权属单位",
        "所属单位",
        "业主",
        "所有人",
        "管理单位",
        "owner",
        "brand",
        "品牌",
    ),
    "existing_tier": (
        "现有层级",
        "现有功能",
        "现有阵地",
        "已建阵地",
        "现有站点类型",
        "服务层级",
        "层级",
        "existing_tier",
        "tier",
    ),
    "floor_area_m2": (
        "建筑面积",
        "面积",
        "使用面积",
        "面积(平方米)",
        "场地面积",
        "可用面积",
        "floor_area_m2",
        "area_m2",
        "floor_area",
    ),
    "ground_floor": (
        "是否一层",
        "是否底层",
        "底层",
        "一楼",
        "沿街一层",
        "是否沿街",
        "底层入口",
        "ground_floor",
    ),
    "rent_yuan_month": (
        "月租金",
        "租金",
        "租金(元/月)",
        "月租金(元)",
        "rent_yuan_month",
        "rent",
    ),
    "consent": (
        "意向",
        "同意情况",
        "业主意向",
        "合作意向",
        "是否同意",
        "签约情况",
        "协议情况",
        "consent",
    ),
    "available_from": (
        "可用日期",
        "可用时间",
        "启用日期",
        "可启用时间",
        "可用起始日期",
        "available_from",
    ),
    "opens": (
        "开放时间起",
        "开门时间",
        "开始时间",
        "营业开始",
        "开放时间(起)",
        "opens",
        "open_time",
    ),
    "closes": (
        "开放时间止",
        "关门时间",
        "结束时间",
        "营业结束",
        "开放时间(止)",
        "closes",
        "close_time",
    ),
    "hours": ("开放时间", "营业时间", "服务时间", "opening_hours", "hours"),
    **{name: REGISTER[name] for name in PLACES},
}

OUTDOOR: Final[dict[str, tuple[str, ...]]] = {
    "outdoor_id": ("编号", "点位编号", "outdoor_id", "id"),
    "kind": ("工种", "类型", "职业", "人员类型", "群体", "kind", "type", "category"),
    **{
        f"h{hour:02d}": (
            f"h{hour:02d}",
            f"h{hour}",
            f"{hour}时",
            f"{hour:02d}时",
            f"{hour}点",
            f"{hour:02d}点",
            f"{hour:02d}:00",
            f"{hour}:00",
            f"hour_{hour}",
            f"hour_{hour:02d}",
            str(hour),
            f"{hour:02d}",
        )
        for hour in range(24)
    },
    **{name: REGISTER[name] for name in PLACES},
}

_AREA_NAME: Final = ("名称", "name", "区域名称", "地名", "fullname", "名", "mc", "xzqmc", "zwmc")
_AREA_CODE: Final = (
    "代码",
    "编码",
    "code",
    "adcode",
    "行政区划代码",
    "区划代码",
    "id",
    "编号",
    "gb",
    "xzqdm",
    "dm",
    "sign",
)

BOROUGHS: Final[dict[str, tuple[str, ...]]] = {
    "borough_id": ("borough_id", "区代码", "区编码", *_AREA_CODE),
    "name": ("区名称", "区名", "区", "district", "borough", *_AREA_NAME),
}
STREET_TOWNS: Final[dict[str, tuple[str, ...]]] = {
    "street_town_id": ("street_town_id", "街镇代码", "街道代码", "乡镇代码", *_AREA_CODE),
    "name": ("街镇名称", "街道名称", "乡镇名称", "街镇", "街道", *_AREA_NAME),
    "borough_id": ("borough_id", "区代码", "所属区代码", "areacode", "parent", "上级代码"),
    "borough_name": ("borough_name", "所属区", "区名称", "区", "district", "行政区"),
}
UNITS: Final[dict[str, tuple[str, ...]]] = {
    "unit_id": ("unit_id", "居村代码", "居委代码", "社区代码", "committee_id", *_AREA_CODE),
    "name": ("居村名称", "居委名称", "居委会", "社区名称", "居村", *_AREA_NAME),
    "street_town_id": (
        "street_town_id",
        "街镇代码",
        "街道代码",
        "streetcode",
        "parent",
        "上级代码",
    ),
    "street_town_name": ("street_town_name", "所属街镇", "所属街道", "街镇", "街道", "street"),
}

_PERSONAL: Final = re.compile(
    r"法定代表|法人|联系人|联络人|经办人|手机|电话|联系方式|身份证|证件号|姓名|负责人|主席|委员|邮箱|e?mail|微信|qq|"
    r"出生|民族|住址|传真|户籍|银行账|账号|护照|phone|mobile|contact|fax|passport|birth|legal_?rep",
    re.IGNORECASE,
)


def bare_header(header: object) -> str:
    r"""Return a header without spaces, punctuation, marks and numbering.

    Examples
    --------
    >>> bare_header(" *职工人数\n（人） "), bare_header("3.街道（镇）")
    ('职工人数人', '街道镇')
    """
    text = clean_string(str(header)).lower() if header is not None else ""
    return _MARKS.sub("", _NUMBERING.sub("", text))


def without_brackets(header: object) -> str:
    """Return a bare header without what stood in brackets: units and explanations.

    Examples
    --------
    >>> without_brackets("职工人数（人）")
    '职工人数'
    """
    text = clean_string(str(header)).lower() if header is not None else ""
    return bare_header(_BRACKETED.sub("", text))


def is_personal(header: object) -> bool:
    """Return whether a column holds data of a person and is left at the door.

    Examples
    --------
    >>> is_personal("联系人手机"), is_personal("经营地址")
    (True, False)
    """
    return bool(_PERSONAL.search(bare_header(header)))
