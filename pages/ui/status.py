"""A page of figures for the teacher, beside the pages of the lab: no names, and only where
SIAMESE_STATUS=1 asks for it."""

from __future__ import annotations

import asyncio
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from pages.ui import session as sessions
from siamese import figures, settings

AGAIN = 5  # seconds until the page loads itself again
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
FRESH = {"Cache-Control": "no-store"}
meter = figures.Meter()


def now() -> figures.Figures:
    """This server at this moment."""
    from siamese.jobs import Run, processes

    pool = processes()
    under_way, busy = pool.at_work()
    runs = [run for run in under_way if isinstance(run, Run)]
    training = min(len(runs), busy)
    pace = meter.look(runs)
    server, workers = figures.memory()
    return figures.Figures(
        visitors=sessions.visitors(),
        cores=pool.cores,
        cluster_missing=int(bool(pool.notice)),
        training=training,
        waiting=len(runs) - training,
        queued=pool.queued,
        **vars(pace),
        uploads_bytes=sessions.allowances.nbytes,
        server_bytes=server,
        workers_bytes=workers,
    )


async def status(request: Request) -> Response:
    """The figures as a page, as `?format=text` for Prometheus, or as `?format=json`."""
    if not settings.shows_status():
        return PlainTextResponse("There is no such page.", status_code=404)
    told = await asyncio.to_thread(now)
    match request.query_params.get("format", "html"):
        case "text":
            return Response(told.as_prometheus(), media_type=PROMETHEUS, headers=FRESH)
        case "json":
            return JSONResponse(told.as_dict(), headers=FRESH)
        case "html":
            return HTMLResponse(page(told, notice()), headers=FRESH)
    return PlainTextResponse("The format is html, text or json.", status_code=400)


def notice() -> str:
    """A sentence where a cluster was wanted and is not there."""
    from siamese.jobs import processes

    return processes().notice


def page(told: figures.Figures, notice: str = "") -> str:
    """The figures as a table that loads itself again, below what is to be said first."""
    rows = "".join(
        f"<tr><th scope=row>{escape(figures.MEANING[name])}</th><td>{_said(name, value)}</td></tr>"
        for name, value in told.as_dict().items()
    )
    return PAGE.format(again=AGAIN, rows=rows, notice=f"<p>{escape(notice)}</p>" if notice else "")


def _said(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name.endswith("_bytes"):
        return f"{value / 1e6:,.0f} MB"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="{again}">
<meta name="viewport" content="width=device-width"><title>Siamese Lab: this server</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 17px sans-serif; margin: 2rem auto; max-width: 44rem; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th {{ font-weight: 400; text-align: left }}
th, td {{ border-bottom: 1px solid #8886; padding: .5rem .25rem }}
td {{ font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap }}
</style></head>
<body><h1>This server</h1>{notice}<table>{rows}</table></body></html>
"""
