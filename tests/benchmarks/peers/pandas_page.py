"""A product to compare with: the page that many people would write first, with `st.dataframe`.

Run by `streamlit run` with Streamlit's own defaults. The table is read once and cached for all
sessions, as Streamlit's guide to caching says. An abort writes an update with a guard, and reads the
table again.
"""

import os

import duckdb
import pandas as pd
import streamlit as st

SHOWN = "id, name, state, account, channel, total_records, generated_records, scheduled_at"
ABORT = """
UPDATE configurations SET state = 'CANCELLED', version = version + 1
WHERE id = $id AND state IN ('SCHEDULED', 'IN-PROGRESS') AND generated_records = 0
"""


@st.cache_resource
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(os.environ["PEER_DATABASE"])


@st.cache_data
def load() -> pd.DataFrame:
    return (
        database()
        .cursor()
        .execute(f"SELECT {SHOWN} FROM configurations ORDER BY scheduled_at DESC, id")
        .df()
    )


def stop(id: str) -> None:
    stopped = database().cursor().execute(ABORT, {"id": id}).fetchone()
    st.session_state["message"] = (
        f"Stopped {id}." if stopped and stopped[0] else f"{id} cannot be stopped."
    )
    load.clear()


st.set_page_config(layout="wide")
st.title("Send configurations")
if message := st.session_state.pop("message", ""):
    st.success(message)
table = load()
left, right = st.columns(2)
state = left.selectbox("State", ["All", *sorted(table["state"].unique())])
text = right.text_input("Search by name")
found = table
if state != "All":
    found = found[found["state"] == state]
if text:
    found = found[found["name"].str.contains(text, case=False, regex=False)]
chosen = st.dataframe(found, hide_index=True, on_select="rerun", selection_mode="single-row")
# Below the table, so that it appears after it.
st.caption(f"{len(found):,} sends")
if chosen["selection"]["rows"]:
    row = found.iloc[chosen["selection"]["rows"][0]]
    with st.popover(f"Abort {row['id']}"):
        st.write(f"Stop **{row['name']}** with {row['total_records']:,} recipients?")
        st.button("Yes, stop it", on_click=stop, args=(row["id"],))
