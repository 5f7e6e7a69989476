"""Freio's core: facts, rules, store and actions. Nothing in here knows Streamlit."""
