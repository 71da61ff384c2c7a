"""Error pages: one sentence, what to do, and the request's number; never a statement, a path or a person (SECURITY D08)."""

from collections.abc import Callable

from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError, default_exceptions

from admin_views.security import request_id
from extensions import db
from workflow.actors import Forbidden
from workflow.scope import OutOfScope

SENTENCES = {
    400: (lazy_gettext("请求有误"), lazy_gettext("这个请求的内容不完整或有误，请返回上一页刷新后重试")),
    403: (lazy_gettext("没有权限"), lazy_gettext("您的账号没有这项权限；如工作需要，请联系上级交易团")),
    404: (lazy_gettext("没有找到"), lazy_gettext("这个页面或数据不存在，或不在您的管理范围内")),
    405: (lazy_gettext("不能这样访问"), lazy_gettext("这个地址不能直接打开，请从页面上的按钮进入")),
    409: (lazy_gettext("数据已变动"), lazy_gettext("数据刚刚被其他人修改，请返回刷新后重试")),
    413: (
        lazy_gettext("内容过大"),
        lazy_gettext("提交的内容过大：表单不超过 1 MB、2000 项，文件不超过 20 MB，请缩小后重试"),
    ),
    429: (lazy_gettext("操作过于频繁"), lazy_gettext("操作过于频繁，请稍等几分钟再试")),
    500: (lazy_gettext("系统出错"), lazy_gettext("系统出现错误，刚才的操作没有保存；请稍后重试，仍有问题请联系管理员")),
    503: (lazy_gettext("系统繁忙"), lazy_gettext("系统正忙，刚才的操作没有保存，请稍等片刻再试")),
}
EXPIRED = lazy_gettext("页面已过期或来源不明，内容没有保存；请返回刷新页面后重新提交")
BUSY_SECONDS = 5


def install(app: Flask) -> None:
    """Answer every error with our own page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _wrong_host)
    app.register_error_handler(CSRFError, lambda _: _page(400, gettext("页面已过期"), EXPIRED))
    app.register_error_handler(Forbidden, _as(403))
    app.register_error_handler(OutOfScope, _as(404))
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(PoolTimeout, _busy)
    app.register_error_handler(InternalServerError, _broken)


def _as(code: int) -> Callable[[Exception], Response]:
    return lambda _: _page(code, *SENTENCES[code])


def _http(error: HTTPException) -> Response:
    """Show an HTTP error; one without words of its own gets those of its kind."""
    if error.response is not None:
        return make_response(error.response)
    code = error.code or 500
    if code < 400:
        return make_response(error)
    title, sentence = SENTENCES.get(code, SENTENCES[400 if code < 500 else 500])
    said = (
        error.description
        if error.description not in (None, default_exceptions.get(code, HTTPException).description)
        else sentence
    )
    answer = _page(code, title, said)
    answer.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return answer


def _wrong_host(_: SecurityError) -> Response:
    """No page: its links could only be built with the address that is not ours."""
    return _plain(400, "访问地址（Host）不在允许的范围内，请使用本系统的正式域名访问")


def _busy(error: OperationalError | PoolTimeout) -> Response:
    """Say at once that the database is away or held by another writer, with a time to come back."""
    current_app.logger.error("database unavailable", exc_info=error)
    g.without_desk = True
    answer = _page(503, *SENTENCES[503])
    answer.headers["Retry-After"] = str(BUSY_SECONDS)
    return answer


def _broken(_: InternalServerError) -> Response:
    g.without_desk = True  # a menu with its counts asks the database, which may be what broke
    return _page(500, *SENTENCES[500])


def _page(code: int, title: str, sentence: str) -> Response:
    try:
        db.session.rollback()
        html = render_template(
            "errors/error.html", code=code, title=title, sentence=sentence, back_url=_back(), request_id=request_id(),
            toast=None,
        )  # fmt: skip
    except Exception:
        current_app.logger.exception("error page failed")  # whatever is broken, the reader gets an answer
        return _plain(code, str(SENTENCES.get(code, SENTENCES[500])[1]))
    return make_response(html, code)


def _plain(code: int, sentence: str) -> Response:
    text = f"{sentence}\n编号：{request_id()}\n"
    return Response(text, code, mimetype="text/plain")


def _back() -> str:
    """Return where the reader came from, when that was us; else the start."""
    came = request.referrer or ""
    return came if came.startswith(request.host_url) else url_for("start")
