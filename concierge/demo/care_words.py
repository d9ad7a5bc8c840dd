"""What experts of the fictional district ask for, and what they are answered."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """One request: its kind, its words, the unit that can help ("" for the specialist himself), the answer."""

    category: str
    text: str
    unit: str
    reply: str
    note: str = ""
    urgent: bool = False


WISHES = (
    Wish(
        "policy_question",
        "引进人才生活补贴和拔尖人才津贴能否同时享受？",
        "",
        "两项同属生活类待遇，按就高不重复原则发放，已为您测算差额。",
    ),
    Wish(
        "policy_question",
        "合同由36个月续签为60个月，是否还能申请安家补贴？",
        "hr",
        "以首次到岗合同为准，续签后可按新合同重新认定，请补交合同。",
    ),
    Wish("benefit_question", "上半年的生活补贴何时到账？", "", "您的申领件已审定，正在公示，预计下月中旬发放。"),
    Wish(
        "benefit_question",
        "体检项目能否增加心脏彩超？",
        "health",
        "可在限额内自选项目，超出部分自付，已与区人民医院联系。",
    ),
    Wish(
        "training",
        "希望参加自治区骨干教师跟岗培训。",
        "education",
        "已列入明年春季跟岗培训名单，报名通知将于12月发出。",
    ),
    Wish(
        "evaluation",
        "基层服务满一年，副高评审的基层服务证明如何开具？",
        "hr",
        "已出具基层服务证明，可到人社局职称科领取。",
    ),
    Wish(
        "recruitment",
        "科室缺一名影像技师，希望纳入紧缺岗位引才计划。",
        "staffing",
        "已列入周转池用编计划，预计明年一季度发布公告。",
    ),
    Wish(
        "incentive",
        "课题结题后的奖励由哪个部门受理？",
        "science",
        "由科技局受理，申报窗口每年9月开放，材料清单已发送。",
    ),
    Wish(
        "start_up",
        "想成立农牧技术服务工作室，需要办公场地。",
        "agriculture",
        "农牧局可提供推广中心二楼房间一间，免租三年。",
    ),
    Wish(
        "commuting",
        "家在城区，每天往返云岭镇，希望协调通勤班车。",
        "",
        "已与云岭镇协调，周一至周五可乘镇政府通勤车，7:20发车。",
    ),
    Wish(
        "housing",
        "新到岗，想申请人才公寓，最好离医院近一些。",
        "housing",
        "已登记轮候，民生路公寓下月腾出两套，届时优先安排看房。",
    ),
    Wish("rent", "房东要提前收房，能否帮忙找过渡住房？", "housing", "已安排人才公寓周转间一套，可住三个月。"),
    Wish("meals", "夜班后食堂已停餐，希望保留夜宵窗口。", "health", "区人民医院食堂自下周起保留夜宵窗口至次日1点。"),
    Wish(
        "medical",
        "父亲需做心脏手术，希望联系自治区医院专家号。",
        "health",
        "已通过绿色通道预约周三上午专家号，联络员将全程陪同。",
        "父亲，冠心病三支病变。",
        True,
    ),
    Wish(
        "medical",
        "腰椎间盘突出复发，想约康复科。",
        "health",
        "已预约区人民医院康复科周五下午。",
        "腰椎间盘突出，既往手术史。",
    ),
    Wish(
        "psychological",
        "近期压力较大，希望有心理疏导。",
        "health",
        "已预约市心理援助中心，线上咨询，信息严格保密。",
        "近两月睡眠差，情绪低落。",
    ),
    Wish("documents", "落户手续需要哪些材料？", "hr", "请携带身份证、合同、毕业证到政务大厅人才窗口，当场办结。"),
    Wish(
        "legal", "与原单位的违约金纠纷想咨询律师。", "justice", "司法局安排公益律师于周四下午在区公共法律服务中心接待。"
    ),
    Wish(
        "schooling",
        "孩子明年上小学，想就近入学。",
        "education",
        "已登记在册，5月开放入学窗口时由专员提醒并代办。",
        "儿子，2019年生，户口在外地。",
    ),
    Wish(
        "schooling",
        "孩子转学到实验小学三年级，学籍如何转？",
        "education",
        "学籍系统已提交转入申请，下周一可报到。",
        "女儿，现就读外省三年级。",
    ),
    Wish(
        "child_care",
        "双职工，放学后无人接孩子，是否有托管服务？",
        "education",
        "实验小学课后服务延长至18:30，已为孩子报名。",
        "女儿七岁。",
    ),
    Wish(
        "spouse_work",
        "爱人是会计，随迁后希望推荐岗位。",
        "staffing",
        "已向三家单位推荐，其中一家约下周面试。",
        "爱人，中级会计师。",
    ),
    Wish(
        "spouse_work",
        "配偶想应聘社区工作者，请告知招考时间。",
        "hr",
        "社区工作者招考预计明年3月，公告发布后第一时间通知。",
        "配偶，大专学历。",
    ),
    Wish(
        "elderly_parents",
        "母亲行动不便，希望申请居家养老服务。",
        "union",
        "已联系居家养老服务站，每周两次上门。",
        "母亲78岁，中度失能。",
    ),
    Wish("convenience", "政务大厅人才窗口中午能否有人值班？", "", "人才窗口自本月起中午安排值班，您随时可来。"),
    Wish("suggestion", "建议把体检预约做成线上选时间。", "culture", "建议已采纳，列入下季度改进清单。"),
)
