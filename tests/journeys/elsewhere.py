"""The dashboard under test, told that it listens to more than its own machine."""

from streamlit import config

from tests.journeys.server import app as app

config.set_option("server.address", "0.0.0.0")
