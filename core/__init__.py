"""Freio's core: facts, rules, store and actions. No module here uses Streamlit."""
