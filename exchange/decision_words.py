"""What the decision workbook and its import say; ``{…}`` is filled in. Each error is what is wrong and how to mend it."""

from typing import Final

INSTRUCTIONS: Final = (
    "在黄色列中填写：从“处理意见”的下拉列表中选择该行可办理的操作，需要时填写“意见”和其他黄色列；不办理的行留空。",
    "灰色列只供查看，改动不会被读取；隐藏列用于识别记录，请勿修改。",
    "工作表保护没有密码：需要排序或删除行时可先“撤销工作表保护”；删除的行视为不办理，行的先后不影响结果。",
    "可以在右侧增加自己的列，上传时不读取，处理结果会写在最右侧。",
    "填写后在同一列表的“导入处理意见”上传：先核对每一行的结果，确认后才办理。",
    "导出后被他人修改过的行不会办理，会写明由谁改为什么；请重新导出后再填写。",
)
MOVES_HEAD: Final = ("操作", "需填写", "说明")

PICK_PROMPT: Final = "从列表中选择；不办理的行留空"
PICK: Final = "请从列表中选择该行可办理的操作"
WORDS_PROMPT: Final = "退回、不通过等操作须填写（至少 5 个字）"
WORDS_LIMIT: Final = "不超过 500 个字"

NOT_A_BOOK: Final = "这不是离线审核表；请在列表上“导出 → 离线审核表”下载后填写"
OTHER_NOUN: Final = "这是“{noun}”的离线审核表；请在该列表上导入"
OTHER_EDITION: Final = "这是其他届次的离线审核表；请重新导出后填写"
OTHER_NODE: Final = "这是其他交易团/分团导出的离线审核表；请用本单位账号重新导出后填写"
LOST_COLUMNS: Final = "缺少列“{titles}”，表头可能被改动；请恢复表头，或重新导出后填写"
TWICE: Final = "列“{title}”出现了两次；请给自己增加的列换一个名称"
TOO_MANY: Final = "超过 {most} 行；请先筛选，分几次导出"

RESTORE: Final = "请重新导出后填写此行"
NO_MARK: Final = "行编号缺失，无法识别是哪条记录"
BAD_MARK: Final = "行编号、行版本或校验值被改动，或来自其他届次、其他交易团/分团"
REPEATED: Final = "第{rows}行是同一条记录"
ONE_LEFT: Final = "请只保留一行"
NO_DECISION: Final = "填写了意见，但没有选择处理意见"
CHOOSE: Final = "请从下拉列表中选择，不办理的行请全部留空"
NO_MOVE: Final = "没有“{typed}”这项操作"
IS_FORMULA: Final = "单元格是公式"
PASTE: Final = "请复制后“选择性粘贴—数值”"
IS_ERROR: Final = "单元格是错误值"
FILL: Final = "请填写实际内容"
NO_NODE: Final = "没有“{typed}”这个交易团/分团"
YES_OR_NO: Final = "请填写“是”或“否”"
COMPLETE: Final = "请补充后重新上传"
FROM_LIST: Final = "请从下拉列表中选择"
MISSING: Final = "记录不存在或不在您的管理范围内"
DROP: Final = "请删除此行，或清空处理意见"
STALE: Final = "此行在 {at} 由 {who} 修改（{what}）"
STALE_SOMEHOW: Final = "此行导出后已被修改"
CLEAR: Final = "请清空处理意见，或待可办理时重新导出"
NOT_USED: Final = "“{move}”不使用“{column}”，填写的内容未采用"

DONE_BEFORE: Final = "已办理，见办理记录 {ref}"
STANDS: Final = "已是“{state}”"
