"""Trains the model on the flats in data/ and writes model.joblib."""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
FEATURES = ["area", "rooms", "floor"]

if __name__ == "__main__":
    flats = pd.read_csv(HERE / "data" / "flats.csv")
    forest = RandomForestRegressor(n_estimators=20, random_state=0)
    model = make_pipeline(StandardScaler(), forest)
    model.fit(flats[FEATURES], flats["rent"])
    joblib.dump(model, HERE / "model.joblib")
