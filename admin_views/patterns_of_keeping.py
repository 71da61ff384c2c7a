"""Sentences with words filled in that are said of the audit chain and of erasing; a part of ``sentences.PATTERNS``."""

KEEPING = (
    # Keeping and erasing
    "该届个人信息留存至 %(date)s，到期后才能清除",
    "请填写清除的理由，%(least)s 至 %(most)s 个字",
    "个人信息留存应为%(least)s至%(most)s个月",
    "%(typed_edition)s个人信息的留存期已满，请在“个人信息留存”中提出清除",
    "%(typed_edition)s个人信息已清除，报告可在“个人信息留存”中查看",
    "%(typed_edition)s个人信息没有清除，已自动撤回：%(why)s",
    # The audit chain
    "审计日志完整：共核验 %(n)s 条，与 %(points)s 个检查点一致",
    "审计日志完整：共核验 %(n)s 条",
    "审计日志第 %(n)s 条缺失",
    "审计日志第 %(n)s 条与校验值不符",
    "审计日志末尾与记录不符：应有 %(n)s 条，现有 %(have)s 条",
    "审计日志末尾被截去：%(at)s 的检查点有 %(n)s 条，现有 %(have)s 条",
    "审计日志第 %(n)s 条与 %(at)s 的检查点不符：此条或之前的内容被整体改写",
    "检查点文件第 %(n)s 行不是本系统签发的检查点，或已被改动；请选择原样保存的文件",
    "检查点文件超过 %(n)s MB，不是本系统的检查点文件；请重新选择",
)
