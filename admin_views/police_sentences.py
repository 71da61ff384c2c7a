"""Sentences of the police check with something filled in: part of ``sentences.PATTERNS``."""

POLICE = (
    "省团移交了送审批次%(number)s：新增%(added)s人、变更%(changed)s人、撤回%(withdrawn)s人",
    "省团收回了 %(n)s 个送审批次，尚无结果的人员请停止审核",
    "%(name)s的身份信息在移交后已变更，结果不采用",
    "单元格%(cell)s为数值格式，数字可能已丢失",
    "单元格%(cell)s未填写",
    "已登记为“%(result)s”（%(day)s），不能改为别的结果",
    "第%(rows)s行是同一人员",
    "缺少列“%(typed)s”；请在送审名单的黄色列中填写审核结果后上传",
)
