"""The compiled fit is stock Keras's training; what it shares between fits, it keeps apart where it must."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from dataset_samples import MNIST, REAL, needs_mnist

from hpotrial import models
from hpotrial.core.configuration import EarlyStopping, Training
from hpotrial.core.errors import NotFiniteLoss
from hpotrial.datasets.fetching import fetch
from hpotrial.datasets.preparing import prepare
from hpotrial.training import program, runtime
from hpotrial.training.building import make_model
from hpotrial.training.callbacks import BestEpoch, for_training
from hpotrial.training.metering import CostMeter
from hpotrial.training.scaling import Standardizer

TELECUST_NET = {"layers": 2, "neurons": 64, "activation_hidden": "tanh", "batch_size": 64}
MNIST_NET = {
    "layers": 0, "neurons": 128, "optimizer": "sgd", "learning_rate": 0.1, "initializer": "torch", "batch_size": 64,
}  # fmt: skip
CALLBACKS = Training(early_stopping=EarlyStopping(3), checkpoint="best")


def rows(n: int, shape: tuple[int, ...] = (11,), classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose class depends on them, with noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, *shape)).astype(np.float32)
    y = np.clip((X.reshape(n, -1)[:, 0] + rng.normal(size=n) + 2).astype(np.int32), 0, classes - 1)
    return X, y


def model(engine: str, configuration: dict[str, Any], shape: tuple[int, ...] = (11,), **arguments: Any) -> Any:
    complete = {**models.defaults("mlp"), **configuration}
    classes = 4 if shape == (11,) else 10
    defaults: dict[str, Any] = {"seed": 3, "capacity": 1000, "training": Training(engine), **arguments}
    return make_model("mlp", complete, shape, classes, **defaults)


def largest_difference(one: Any, other: Any) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_weights_equal_stock_keras_after_three_epochs(activation: str, optimizer: str) -> None:
    # 600 rows in batches of 64: the last batch is short
    X, y = rows(760)
    configuration = {**TELECUST_NET, "activation_input": activation, "optimizer": optimizer}
    compiled, stock = (model(engine, configuration) for engine in ("compiled", "stock"))
    assert largest_difference(compiled, stock) == 0
    histories = [
        m.fit(X[:600], y[:600], batch_size=64, epochs=3, shuffle=False, validation_data=(X[600:], y[600:])).history
        for m in (compiled, stock)
    ]
    assert largest_difference(compiled, stock) < 1e-5
    assert largest_difference(compiled, model("stock", configuration)) > 1e-3
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(histories[0][name], histories[1][name], atol=2e-6)
    np.testing.assert_allclose(compiled.predict(X[600:]), stock.predict(X[600:], verbose=0), atol=1e-5)


@needs_mnist
def test_mnist_weights_equal_stock_keras_after_three_epochs(tmp_path: Path) -> None:
    fetch(MNIST, tmp_path, standin="never", data_dir=REAL)
    images = prepare(MNIST, tmp_path, tmp_path / "m.npz", tmp_path / "m.json")
    X, y = Standardizer().fit_transform(images.X[:2000]), images.y[:2000]
    compiled, stock = (model(engine, MNIST_NET, (28, 28), capacity=2000) for engine in ("compiled", "stock"))
    for m in (compiled, stock):
        m.fit(X, y, batch_size=64, epochs=3, shuffle=False)
    assert largest_difference(compiled, stock) < 1e-5


def test_callbacks_are_called_at_epoch_ends_with_the_weights_of_that_epoch() -> None:
    X, y = rows(760)
    seen: list[tuple[int, float]] = []

    class Watcher(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            hits = np.argmax(self.model.predict(X[600:]), 1) == y[600:]
            seen.append((epoch, float(hits.mean())))
            assert logs["val_accuracy"] == pytest.approx(seen[-1][1], abs=1e-9)
            if epoch == 4:
                self.model.stop_training = True

    history = model("compiled", TELECUST_NET).fit(
        X[:600], y[:600], batch_size=64, epochs=9, validation_data=(X[600:], y[600:]), callbacks=[Watcher()]
    )
    assert [epoch for epoch, _ in seen] == [0, 1, 2, 3, 4] == history.epoch


def test_epochs_that_ran_ahead_of_a_stop_leave_no_trace() -> None:
    X, y = rows(760)
    data = {"validation_data": (X[600:], y[600:]), "batch_size": 64, "epochs": 40}

    class OneByOne(keras.callbacks.Callback):
        """A callback of unknown kind: the engine must not run ahead."""

    ahead, stepwise = (model("compiled", TELECUST_NET) for _ in range(2))
    one = ahead.fit(X[:600], y[:600], callbacks=for_training(CALLBACKS, "val_accuracy"), **data)
    other = stepwise.fit(X[:600], y[:600], callbacks=[*for_training(CALLBACKS, "val_accuracy"), OneByOne()], **data)
    assert len(one.epoch) < 40
    assert one.history == other.history
    assert largest_difference(ahead, stepwise) == 0
    np.testing.assert_array_equal(ahead.state.floats, stepwise.state.floats)


def test_early_stopping_stops_where_keras_own_does() -> None:
    class Model:
        stop_training = False

    rng = np.random.default_rng(0)
    for told in ([0.5, 0.5 + 1e-9, 0.5 + 2e-9, 0.6, 0.1, 0.1], *rng.integers(0, 20, (20, 40)) / 20):
        stopped = []
        (ours,) = for_training(Training(early_stopping=EarlyStopping(3)), "val_accuracy")
        for callback in (ours, keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=3)):
            callback.set_model(Model())
            callback.on_train_begin()
            for epoch, value in enumerate(told):
                callback.on_epoch_end(epoch, {"val_accuracy": float(value)})
            stopped.append((callback.stopped_epoch, callback.best, callback.wait))
        assert stopped[0] == stopped[1]


def test_best_epoch_is_restored() -> None:
    X, y = rows(760)
    trained, best = model("compiled", TELECUST_NET), BestEpoch("val_accuracy")
    history = trained.fit(
        X[:600], y[:600], batch_size=64, epochs=60, validation_data=(X[600:], y[600:]), callbacks=[best]
    ).history
    assert best.epoch == int(np.argmax(history["val_accuracy"])) < 59
    assert np.mean(np.argmax(trained.predict(X[600:]), 1) == y[600:]) == pytest.approx(best.value, abs=1e-9)


def test_folds_holdout_and_refit_share_one_program_and_shared_activations_too() -> None:
    X, y = rows(900)
    before = len(program._pool)
    for n, activation in ((640, "relu"), (427, "tanh"), (512, "relu"), (65, "tanh")):
        shared = {"layers": 1, "neurons": 7, "activation_input": activation, "activation_hidden": "relu"}
        model("compiled", shared).fit(X[:n], y[:n], batch_size=48, epochs=1)
    assert len(program._pool) == before + 1


def test_models_of_one_architecture_do_not_disturb_each_other() -> None:
    X, y = rows(640)
    alone, one, other = (model("compiled", TELECUST_NET, seed=seed) for seed in (1, 1, 2))
    alone.fit(X, y, batch_size=64, epochs=4)
    one.fit(X, y, batch_size=64, epochs=2)
    other.fit(X, y, batch_size=64, epochs=3)
    one.fit(X, y, batch_size=64, epochs=4, initial_epoch=2)
    assert largest_difference(alone, one) == 0
    assert largest_difference(alone, other) > 0


def test_a_rate_that_nobody_says_is_the_optimisers_own_whatever_was_built_before() -> None:
    def rate(**configuration: Any) -> float:
        made = model("compiled", {**TELECUST_NET, "neurons": 17, **configuration})
        return float(made.network.layout.unpack(made.state)[made.network._learning_rate_at])

    assert [rate(learning_rate=0.5), rate(), rate(learning_rate=0.25)] == pytest.approx([0.5, 0.001, 0.25])
    stock = model("stock", {**TELECUST_NET, "neurons": 17})
    assert float(stock.optimizer.learning_rate) == pytest.approx(0.001)


def test_learning_rate_is_data() -> None:
    X, y = rows(640)
    before = len(program._pool)
    slow, fast = (model("compiled", {**TELECUST_NET, "learning_rate": rate}) for rate in (1e-4, 1e-1))
    start = slow.get_weights()
    for m in (slow, fast):
        m.fit(X, y, batch_size=64, epochs=1)
    moved = [np.abs(m.get_weights()[0] - start[0]).mean() for m in (slow, fast)]
    assert moved[1] > 50 * moved[0]
    assert len(program._pool) <= before + 1


@pytest.mark.parametrize("engine", ["compiled", "stock"])
def test_diverged_training_raises_and_is_metered(engine: str) -> None:
    X, y = rows(640)
    meter = CostMeter()
    diverging = model(engine, {**TELECUST_NET, "optimizer": "sgd", "learning_rate": 1e38}, meter=meter)
    with pytest.raises(NotFiniteLoss, match=r"loss is (nan|inf)"):
        diverging.fit(X, y, batch_size=64, epochs=5)
    assert meter.total.fits == 1


@pytest.mark.parametrize("engine", ["compiled", "stock"])
def test_fit_is_metered(engine: str) -> None:
    X, y = rows(700)
    meter = CostMeter()
    metered = model(engine, TELECUST_NET, meter=meter)
    metered.fit(X[:600], y[:600], batch_size=64, epochs=4)
    metered.fit(X, y, batch_size=64, epochs=6, initial_epoch=4)
    assert (meter.total.fits, meter.total.epochs, meter.total.examples) == (2, 6, 4 * 600 + 2 * 700)
    assert meter.total.wall_seconds > 0
    assert meter.first_fit_at is not None


def test_checkpoints_stay_in_memory() -> None:
    X, y = rows(640)
    kept: dict[str, Any] = {}
    one, other = (model("compiled", TELECUST_NET, seed=seed, checkpoints=kept) for seed in (1, 2))
    one.fit(X, y, batch_size=64, epochs=2)
    one.save_weights("trial/checkpoint.weights.h5")
    other.load_weights("trial/checkpoint.weights.h5")
    assert largest_difference(one, other) == 0
    assert not Path("trial").exists()
    with pytest.raises(FileNotFoundError):
        other.load_weights("elsewhere")


def test_program_from_disk_computes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = rows(640)
    shape = {"layers": 1, "neurons": 9}
    monkeypatch.setattr(runtime, "_folder", tmp_path)
    results = []
    for _ in range(2):
        monkeypatch.setattr(program, "_pool", {})
        fitted = model("compiled", shape)
        fitted.fit(X, y, batch_size=64, epochs=3)
        results.append(fitted.state.floats)
        assert len(list(tmp_path.glob("*.pb"))) == 1
    np.testing.assert_array_equal(*results)
    (path,) = tmp_path.glob("*.pb")
    path.write_bytes(b"torn")
    monkeypatch.setattr(program, "_pool", {})
    fitted = model("compiled", shape)
    fitted.fit(X, y, batch_size=64, epochs=3)
    np.testing.assert_array_equal(fitted.state.floats, results[0])


def test_unsupported_argument_names_the_stock_engine() -> None:
    X, y = rows(64)
    with pytest.raises(NotImplementedError, match=r"class_weight.*engine: stock"):
        model("compiled", TELECUST_NET).fit(X, y, class_weight={0: 2.0})


def test_torch_initialisation_is_uniform_within_one_over_root_fan_in() -> None:
    kernel, bias, out_kernel, out_bias = model("compiled", MNIST_NET, (28, 28)).get_weights()
    assert 0.99 / 28 < np.abs(kernel).max() <= 1 / 28
    assert np.std(kernel) == pytest.approx(1 / 28 / np.sqrt(3), rel=0.02)
    assert 0 < np.abs(bias).max() <= 1 / 28
    assert 0 < np.abs(out_bias).max() <= np.abs(out_kernel).max() <= 1 / np.sqrt(128)


def test_scaling_uses_the_rows_it_was_fitted_on() -> None:
    X = np.array([[1.0, 5.0], [3.0, 5.0]], np.float32)
    np.testing.assert_allclose(Standardizer().fit(X).transform(X), [[-1, 0], [1, 0]])
    images = np.random.default_rng(0).integers(0, 256, (50, 4, 4)).astype(np.uint8)
    exact, floating = (Standardizer().fit(a) for a in (images, images.astype(np.float64)))
    assert exact.mean_ == pytest.approx(floating.mean_)
    assert exact.deviation_ == pytest.approx(floating.deviation_)


def test_on_many_rows_each_activation_has_its_own_program() -> None:
    X, y = rows(640)
    before = len(program._pool)
    for activation in ("relu", "tanh"):
        own = {"layers": 0, "neurons": 5, "activation_input": activation}
        models_of = [model(engine, own, capacity=program.FEW_ROWS + 1) for engine in ("compiled", "stock")]
        for m in models_of:
            m.fit(X, y, batch_size=64, epochs=2, shuffle=False)
        assert largest_difference(*models_of) < 1e-5
    assert len(program._pool) == before + 2
