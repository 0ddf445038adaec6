"""Industries of GB/T 4754-2017: how common, what their firms are called, where they gather."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Industry:
    """One division with its section letter, a share for each kind of carrier, and name parts.

    Parameters
    ----------
    code
        Section letter and two-digit division, as registers write it.
    label
        Name of the division.
    words
        What such firms put in their names.
    office, mall, works, street
        Relative frequency in office buildings, malls, industrial parks and street fronts.
    """

    code: str
    label: str
    words: tuple[str, ...]
    office: float
    mall: float
    works: float
    street: float


INDUSTRIES = (
    Industry("C13", "农副食品加工业", ("食品",), 0, 0, 5, 1),
    Industry("C18", "纺织服装、服饰业", ("服饰", "服装"), 1, 1, 6, 1),
    Industry("C26", "化学原料和化学制品制造业", ("新材料", "化工"), 0, 0, 6, 0),
    Industry("C27", "医药制造业", ("生物医药", "制药"), 1, 0, 7, 0),
    Industry("C34", "通用设备制造业", ("机械设备", "精密机械"), 0, 0, 12, 0),
    Industry("C38", "电气机械和器材制造业", ("电气", "电器"), 0, 0, 8, 0),
    Industry("C39", "计算机、通信和其他电子设备制造业", ("电子", "半导体"), 1, 0, 12, 0),
    Industry("E47", "房屋建筑业", ("建筑工程",), 3, 0, 5, 1),
    Industry("E50", "建筑装饰、装修和其他建筑业", ("装饰工程", "装潢设计"), 4, 1, 3, 4),
    Industry("F51", "批发业", ("贸易", "商贸", "供应链"), 16, 2, 14, 6),
    Industry("F52", "零售业", ("百货", "商店", "超市"), 3, 36, 1, 36),
    Industry("G54", "道路运输业", ("运输", "货运"), 2, 0, 6, 2),
    Industry("G59", "装卸搬运和仓储业", ("仓储", "物流"), 1, 0, 8, 0),
    Industry("H61", "住宿业", ("酒店", "宾馆"), 1, 1, 0, 4),
    Industry("H62", "餐饮业", ("餐饮", "酒家", "小吃"), 1, 34, 1, 24),
    Industry("I64", "互联网和相关服务", ("网络科技",), 8, 1, 2, 0),
    Industry("I65", "软件和信息技术服务业", ("信息技术", "软件", "数据科技"), 15, 1, 6, 0),
    Industry("J66", "货币金融服务", ("融资租赁", "小额贷款"), 4, 0, 0, 0),
    Industry("J69", "其他金融业", ("投资管理", "资产管理"), 5, 0, 0, 0),
    Industry("K70", "房地产业", ("物业管理", "房地产经纪"), 5, 2, 2, 5),
    Industry("L71", "租赁业", ("设备租赁",), 1, 0, 2, 1),
    Industry("L72", "商务服务业", ("企业管理咨询", "广告", "人力资源", "会展"), 17, 2, 4, 3),
    Industry("M73", "研究和试验发展", ("生物科技", "新能源科技"), 4, 0, 6, 0),
    Industry("M74", "专业技术服务业", ("检测技术", "工程设计"), 6, 0, 5, 1),
    Industry("N78", "公共设施管理业", ("环境服务", "绿化养护"), 1, 0, 2, 1),
    Industry("O80", "居民服务业", ("美容美发", "家政服务", "洗染"), 1, 8, 0, 14),
    Industry("O81", "机动车、电子产品和日用产品修理业", ("汽车维修", "家电维修"), 0, 1, 2, 6),
    Industry("P83", "教育", ("教育培训", "文化培训"), 4, 6, 0, 3),
    Industry("Q84", "卫生", ("口腔门诊部", "健康管理"), 2, 4, 0, 4),
    Industry("R88", "文化艺术业", ("文化传播", "文化创意"), 5, 1, 1, 1),
    Industry("R90", "娱乐业", ("影院管理", "健身服务"), 1, 6, 0, 3),
)
