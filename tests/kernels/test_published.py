"""The published record against numbers that were written down from it by hand."""

from __future__ import annotations

import math

import pytest

from assay.kernels import published
from assay.kernels.folder import load_task
from assay.names import UsageError

# Task: for each compared model (Opus 4.7, Gemini 3.1 Pro, GPT-5.5) seed score, best score, its
# iteration, self-speedup, and the ratio at the held-out size.
COMPARED = {
    "saxpy": [(0.8173, 1.0218, 10, 1.250, 1.168), (1.0808, 1.0808, 0, 1.000, 0.983),
              (0.8030, 0.8114, 1, 1.011, 0.983)],
    "heat2d": [(0.6087, 0.6087, 0, 1.000, 0.862), (0.4504, 0.4645, 10, 1.031, 1.006),
               (0.6883, 0.6883, 0, 1.000, 0.819)],
    "wave3d": [(0.5325, 0.6731, 14, 1.264, 1.001), (0.6545, 0.6545, 0, 1.000, 0.898),
               (0.6808, 0.6808, 0, 1.000, 0.992)],
    "nbody": [(0.0194, 0.0550, 2, 2.831, 1.243), (0.0204, 0.0408, 4, 1.997, 1.503),
              (0.0203, 0.0445, 8, 2.189, 1.373)],
    "hmc": [(0.0088, 0.0932, 6, 10.562, None), (0.0081, 0.0870, 9, 10.699, 17.640),
            (0.0088, 0.0634, 6, 7.193, 18.558)],
    "lbm": [(0.3955, 0.5764, 23, 1.458, 0.974), (0.5199, 0.5531, 13, 1.064, 1.155),
            (0.3932, 0.5221, 13, 1.328, 1.011)],
    "ising": [(0.0665, 0.0752, 1, 1.132, 0.944), (0.0900, 0.0900, 0, 1.000, 0.987),
              (0.0902, 0.0982, 7, 1.089, 0.882)],
    "lj": [(0.0031, 0.0054, 10, 1.771, 1.241), (0.0028, 0.0056, 8, 1.978, 1.870),
           (0.0031, 0.0050, 8, 1.619, 1.342)],
    "gradshaf": [(0.0217, 0.0410, 4, 1.893, 2.050), (0.0230, 0.0664, 7, 2.887, 2.909),
                 (0.0227, 0.0439, 6, 1.933, 1.864)],
    "fft3d": [(0.1619, 0.1668, 10, 1.030, 1.119), (0.2366, 0.2816, 10, 1.190, 1.204),
              (0.1507, 0.4442, 10, 2.948, 0.228)],
    "adi3d": [(0.1718, 0.2225, 10, 1.295, 0.99), (0.1720, 0.2032, 3, 1.181, 1.1),
              (0.1716, 0.4802, 10, 2.799, 2.0)],
    "morton": [(0.0718, 0.4825, 2, 6.722, 11.6), (0.0765, 0.3228, 9, 4.220, 12.6),
               (0.0735, 0.2048, 3, 2.788, 4.6)],
}  # fmt: skip
MODELS = ["claude-opus-4-7", "gemini-3.1-pro-preview", "gpt-5.5"]

# Task: runs, lowest and highest seed score, highest over lowest.
NOISE = {
    "saxpy": (6, 0.8030, 1.0808, 1.35), "heat2d": (6, 0.4504, 0.6883, 1.53),
    "wave3d": (4, 0.5325, 0.6808, 1.28), "nbody": (8, 0.0194, 0.0239, 1.23),
    "hmc": (3, 0.0081, 0.0088, 1.08), "lbm": (9, 0.3552, 0.5199, 1.46),
    "ising": (3, 0.0665, 0.0902, 1.36), "lj": (3, 0.0028, 0.0031, 1.09),
    "gradshaf": (3, 0.0217, 0.0230, 1.06), "fft3d": (3, 0.1507, 0.2366, 1.57),
    "adi3d": (3, 0.1716, 0.1720, 1.00), "morton": (3, 0.0718, 0.0765, 1.07),
}  # fmt: skip

# Task and size: lowest, median and highest fraction of the seed; shortest time, its fraction, whose
# it is and of which iteration.
FASTEST = {
    "saxpy 1M": (0.721, 0.722, 1.686, 4.588e-05, 1.371, "claude-opus-4-7", 10),
    "saxpy 16M": (0.781, 0.802, 0.832, 1.129e-03, 0.891, "gemini-3.1-pro-preview", 8),
    "saxpy 64M": (0.909, 0.927, 0.932, 4.302e-03, 0.936, "claude-sonnet-4-6", 9),
    "heat2d 512x512_100": (0.460, 0.815, 0.839, 1.590e-03, 0.659, "gemini-3-flash-preview", 9),
    "wave3d 64x64x64_30": (0.252, 0.393, 0.594, 8.530e-04, 0.553, "claude-opus-4-7", 14),
    "nbody 256_10": (0.003, 0.003, 0.007, 1.565e-04, 0.019, "gemini-3-flash-preview", 5),
    "nbody 1024_10": (0.026, 0.032, 0.042, 6.715e-04, 0.069, "gpt-5.5", 8),
    "nbody 2048_10": (0.073, 0.078, 0.078, 8.555e-04, 0.218, "gemini-3.1-pro-preview", 1),
    "hmc d16_K4096": (0.009, 0.010, 0.010, 6.630e-03, 0.150, "gemini-3.1-pro-preview", 9),
    "lbm 128x128_100": (0.278, 0.299, 0.808, 8.823e-04, 0.669, "gemini-3.1-pro-preview", 20),
    "lbm 256x256_100": (1.078, 1.326, 1.428, 1.592e-03, 1.482, "claude-opus-4-7", 1),
    "ising 2048x2048_25": (0.120, 0.121, 0.121, 6.461e-03, 0.162, "gpt-5.5", 6),
    "lj N1728_M5_steps20": (0.001, 0.002, 0.002, 2.111e-03, 0.002, "gemini-3.1-pro-preview", 15),
    "gradshaf 513x513_30": (0.037, 0.039, 0.039, 3.233e-03, 0.147, "gemini-3.1-pro-preview", 7),
    "fft3d 128cube": (0.359, 0.446, 0.455, 1.024e-03, 0.983, "gpt-5.5", 10),
    "adi3d N128_10": (0.197, 0.198, 0.198, 3.680e-03, 0.684, "gpt-5.5", 10),
    "morton N128_30": (0.080, 0.080, 0.080, 2.612e-03, 0.963, "claude-opus-4-7", 7),
}


def test_every_published_task_has_a_record_and_a_task():
    assert set(published.published_tasks()) == set(COMPARED)
    for name in COMPARED:
        labels = set(load_task(name).spec.sizes)
        assert {one.label for one in published.fastest(name)} == labels
        assert set(published.seed_fractions(name)) == labels


@pytest.mark.parametrize("task", COMPARED)
def test_compared_runs_have_the_published_scores(task):
    runs = {run.model: run for run in published.runs(task) if run.matched}
    assert sorted(runs) == MODELS
    for model, (seed, best, iteration, speedup, held_out) in zip(
        MODELS, COMPARED[task], strict=True
    ):
        run = runs[model]
        assert run.seed_score == pytest.approx(seed, abs=6e-5)
        assert run.best_score == pytest.approx(best, abs=6e-5)
        assert run.best_iteration == iteration
        assert run.self_speedup == pytest.approx(speedup, abs=6e-4)
        found = published.held_out_ratio(task, run)
        assert found.source == ("text" if task in ("adi3d", "morton") else "session")
        if held_out is None:
            assert (found.ratio, found.outcome) == (None, "incorrect")
        else:
            assert found.ratio == pytest.approx(held_out, abs=6e-4)


@pytest.mark.parametrize("task", NOISE)
def test_the_seed_scatters_as_published(task):
    runs, low, high, factor = NOISE[task]
    noise = published.seed_noise(task)
    assert (noise.runs, round(noise.low, 4), round(noise.high, 4)) == (runs, low, high)
    assert noise.ratio == pytest.approx(factor, abs=6e-3)


@pytest.mark.parametrize("name", FASTEST)
def test_shortest_times_and_seed_fractions_are_the_published_ones(name):
    task, label = name.split()
    low, median, high, seconds, fraction, model, iteration = FASTEST[name]
    seed = published.seed_fractions(task)[label]
    assert (seed.low, seed.high) == (low, high)
    assert seed.median == pytest.approx(median, abs=6e-4)
    [best] = [one for one in published.fastest(task) if one.label == label]
    assert best.gpu_seconds == pytest.approx(seconds, rel=4e-4)
    assert best.fraction == pytest.approx(fraction, abs=6e-4)
    assert (best.model, best.iteration) == (model, iteration)


def test_the_totals_are_those_of_the_runs():
    totals = published.suite().totals_without_smoke_run
    everything = [run for task in COMPARED for run in published.runs(task)]
    counted = [run for run in everything if not run.smoke]
    assert (len(everything), len(counted)) == (54, totals["runs"])
    for key in ("ok", "compile", "pipeline", "incorrect", "runtime"):
        assert sum(run.count(key) for run in counted) == totals[key], key
    assert sum(run.count("llm_error") for run in counted) == totals["skipped"] == 3
    assert sum(run.candidates for run in counted) == totals["candidates"] == 541
    assert (totals["ok"], totals["compile"], totals["incorrect"]) == (429, 77, 34)


def test_scores_are_geometric_means_of_the_fractions():
    scored = 0
    assert published.suite().ceilings == {"fp32_gflops": 4500, "bandwidth_gb_s": 200}
    for task in COMPARED:
        spec = load_task(task).spec
        roof = {"fp32": 4500, "bandwidth": 200}[spec.ceiling]
        work = {size.label: size.evaluate(spec.work) for size in spec.all_sizes()}
        for one in (one for run in published.runs(task) for one in run.iterations):
            assert (one.score is not None) == (one.outcome == "ok")
            for size in one.sizes:
                achieved = work[size.label] / size.gpu_seconds / 1e9
                assert size.fraction == pytest.approx(achieved / roof, rel=1e-12)
            if one.score is not None:
                mean = math.exp(sum(math.log(size.fraction) for size in one.sizes) / 3)
                assert one.score == pytest.approx(mean, rel=1e-12)
                scored += 1
    assert scored == 429


def test_the_best_of_a_run_is_the_best_of_its_iterations():
    for task in COMPARED:
        for run in published.runs(task):
            scores = {one.iteration: one.score for one in run.iterations if one.score is not None}
            best = max([run.seed_score, *scores.values()])
            assert run.best_score == best
            if run.best_iteration:
                assert scores[run.best_iteration] == best


def test_held_out_sessions_hold_the_published_fractions():
    found = {
        (one.session[0], one.task, one.variant): one.fraction for one in published.suite().held_out
    }
    assert len(found) == 110
    assert found["A", "saxpy", "seed"] == pytest.approx(0.7910, abs=6e-5)
    assert found["B", "lbm", "seed"] == pytest.approx(1.0713, abs=6e-5)
    assert found["C", "lbm", "seed"] == pytest.approx(0.5076, abs=6e-5)
    assert found["D", "fft3d", "gpt-5.5"] == pytest.approx(0.0851, abs=6e-5)
    assert found["D", "hmc", "claude-opus-4-7"] is None
    assert found["A", "fft3d", "seed"] is None


def test_each_model_has_a_best_run():
    best = published.best_by_model("nbody")
    others = ["claude-haiku-4-5-20251001", "claude-sonnet-4-6", "gemini-3-flash-preview"]
    assert sorted(best) == sorted([*MODELS, *others])
    assert best["gemini-3-flash-preview"].best_score == pytest.approx(0.0605, abs=6e-5)
    assert best["gemini-3.1-pro-preview"].best_score == pytest.approx(0.0446, abs=6e-5)


def test_results_are_placed_among_the_runs():
    assert published.place("hmc", self_speedup=8).rank == 3
    assert published.place("hmc", self_speedup=11).rank == 1
    assert published.place("hmc", self_speedup=1).rank == 4
    place = published.place("saxpy", score=1.05)
    assert (place.rank, place.runs, place.measure) == (2, 5, "score")
    assert published.place("qsim", self_speedup=2) is None
    with pytest.raises(ValueError, match="either"):
        published.place("hmc")


def test_a_task_without_a_record_is_named():
    with pytest.raises(UsageError, match=r"no published record of 'qsim'.*adi3d"):
        published.runs("qsim")


def test_the_record_says_where_it_is_from():
    assert "2605.09708" in published.suite().source
    assert "metal-sci-kernels" in published.suite().source
    assert "M1 Pro, 14" in published.suite().chip
