"""Profiles are complete, unknown names are errors, and keys depend on the settings."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from svhnlab.config.architectures import ARCHITECTURES, CONFIGURATIONS, configuration_title, select_configurations
from svhnlab.config.initial_weights import IMAGENET, RANDOM
from svhnlab.config.profiles import PROFILES, SplitSettings, profile_named
from svhnlab.errors import InputError
from svhnlab.store.keys import StudySpec, analysis_of_record, pretraining_key
from svhnlab.store.schema import DIGITS
from svhnlab.store.store import digest_of

PLAN = StudySpec(PROFILES["demo"], "custom", "custom Format 2 files", "d" * 64, SplitSettings(), RANDOM, 0)


class TestProfiles:
    @pytest.mark.parametrize("name", list(PROFILES))
    def test_every_run_has_its_recipe(self, name: str) -> None:
        """Each profile has a recipe for every configuration, with augmentation in those named -aug."""
        for run, (model, augmented) in CONFIGURATIONS.items():
            recipe = profile_named(name).recipes[run]
            assert recipe.model == model
            assert (recipe.augmentation is not None) == augmented

    @pytest.mark.parametrize("name", list(PROFILES))
    def test_augmentation_is_the_only_difference(self, name: str) -> None:
        """A model has the same recipe without and with augmentation, so that a comparison shows its effect alone."""
        recipes = profile_named(name).recipes
        for model in ARCHITECTURES:
            assert recipes[model] == replace(recipes[f"{model}-aug"], augmentation=None)

    def test_unknown_names(self) -> None:
        """An unknown profile or configuration is an error that lists the existing ones."""
        with pytest.raises(InputError, match="quick"):
            profile_named("fast")
        with pytest.raises(InputError, match="cnn-aug"):
            select_configurations(("cnn", "vgg"))

    def test_runs_keep_the_reports_order(self) -> None:
        """The order of the arguments does not matter; without arguments, all configurations are selected."""
        assert select_configurations(("resnet18", "cnn")) == ("cnn", "resnet18")
        assert select_configurations(()) == tuple(CONFIGURATIONS)


class TestRunTitle:
    def test_start_is_named_for_resnet_alone(self) -> None:
        """The title names the initial weights of ResNet-18, but not of the CNN."""
        assert configuration_title("resnet18-aug", "random") == "ResNet-18 with augmentation (random start)"
        assert configuration_title("resnet18", "imagenet") == "ResNet-18 (ImageNet)"
        assert configuration_title("cnn", "random") == "Two-layer CNN"


def plan_by_image(profile: str) -> StudySpec:
    """Return a study that divides single images, as version 0.1 did."""
    settings = PROFILES[profile]
    split = SplitSettings(train_limit=settings.train_limit, unit="image")
    return StudySpec(settings, "generated", "generated digits", "d" * 64, split, IMAGENET, 0, 2)


class TestStudyPlan:
    def test_settings_change_the_keys_they_should(self) -> None:
        """A key depends on the settings of its own configuration, not on those of others."""
        recipes = PLAN.profile.recipes
        slower = replace(PLAN.profile, recipes={**recipes, "cnn": replace(recipes["cnn"], learning_rate=1e-4)})
        changed = replace(PLAN, profile=slower)
        assert changed.run("cnn").key != PLAN.run("cnn").key
        assert changed.analysis(("cnn",)).embedding("cnn").key != PLAN.analysis(("cnn",)).embedding("cnn").key
        assert changed.run("resnet18").key == PLAN.run("resnet18").key
        assert changed.key != PLAN.key

    def test_start_weights_count_for_resnet_alone(self) -> None:
        """The initial weights of ResNet-18 do not change the key of the CNN."""
        other = PLAN.with_initial_weights(IMAGENET)
        assert other.run("cnn").key == PLAN.run("cnn").key
        assert other.run("resnet18").key != PLAN.run("resnet18").key

    @pytest.mark.parametrize(
        "change", [{"data_digest": "e" * 64}, {"split": SplitSettings(protocol="tutorial")}, {"seed": 1}]
    )
    def test_data_split_and_seed_count(self, change: dict) -> None:
        """Other data, another split or another seed give other keys."""
        assert replace(PLAN, **change).run("cnn").key != PLAN.run("cnn").key

    def test_record_leads_to_the_same_keys(self) -> None:
        """The keys of the results follow from the record of a study."""
        record = PLAN.record()
        assert digest_of(record["data"]) == digest_of(asdict(PLAN.data))
        assert set(record["runs"]) == set(CONFIGURATIONS)
        assert record["key"] == PLAN.key

    def test_named_classes_count_by_their_number_alone(self) -> None:
        """Renaming classes needs no new training; changing their number does."""
        two, others = (replace(PLAN, named_classes=names) for names in (("cat", "dog"), ("chat", "chien")))
        three = replace(PLAN, named_classes=("cat", "dog", "emu"))
        assert two.key == others.key
        assert len({PLAN.key, two.key, three.key}) == 3
        assert len({plan.run("cnn").key for plan in (PLAN, two, three)}) == 3
        assert others.record()["settings"]["class_names"] == ["chat", "chien"]

    def test_ten_names_are_not_the_ten_digits(self) -> None:
        """Label 10 is the tenth name or digit 0, so a study with ten names has different keys."""
        assert replace(PLAN, named_classes=DIGITS).run("cnn").key != PLAN.run("cnn").key

    def test_keys_of_default_studies_stay(self) -> None:
        """Results that were stored before classes had names are still found."""
        assert "classes" not in PLAN.data.inputs
        assert PLAN.data.key == replace(PLAN, from_file=("profile",), data_name="photographs").data.key

    @pytest.mark.parametrize(
        ("profile", "cnn", "resnet"),
        [
            ("demo", "7ae927cd621627f5", "efed089d6ff98333"),
            ("quick", "39fb74a7a68df5c6", "50b539f88416c485"),
            ("full", "10a75d44d2dbefe3", "b4070a2eb804c411"),
        ],
    )
    def test_stored_results_are_not_lost(self, profile: str, cnn: str, resnet: str) -> None:
        """With --split-by image, trainings with augmentation have the keys of version 0.1 except in the demo."""
        plan = plan_by_image(profile)
        assert (plan.run("cnn-aug").key, plan.run("resnet18-aug", 1).key) == (cnn, resnet)
        assert pretraining_key().key == "63db1460f232df50"

    @pytest.mark.parametrize(
        ("profile", "cnn", "resnet"),
        [
            ("demo", "2091ce2a195b0079", "50d839152c2e78c7"),
            ("quick", "4e5d478734ad7a04", "434eb91ddd5908dc"),
            ("full", "56a1cd93ecf074dc", "c96b0c8e15b594e6"),
        ],
    )
    def test_trainings_without_augmentation(self, profile: str, cnn: str, resnet: str) -> None:
        """Trainings without augmentation have the epochs of those with it."""
        plan = plan_by_image(profile)
        assert (plan.run("cnn").key, plan.run("resnet18").key) == (cnn, resnet)

    def test_runs_of_the_study(self) -> None:
        """A study of some configurations has only their results, with the same keys."""
        some = replace(PLAN, runs=("cnn", "resnet18"))
        assert list(some.record()["runs"]) == ["cnn", "resnet18"]
        assert {address.label for address in some.addresses() if address.kind == "run"} == {"cnn", "resnet18"}
        assert some.run("cnn").key == PLAN.run("cnn").key

    def test_more_seeds_keep_the_first(self) -> None:
        """A study with more seeds uses the stored trainings, and each seed has its own key."""
        three = replace(PLAN, seeds=3)
        keys = [address.key for address in three.trainings("cnn")]
        assert keys[0] == PLAN.run("cnn").key
        assert keys[1] == replace(PLAN, seed=1).run("cnn").key
        assert len(set(keys)) == 3
        assert three.key != PLAN.key

    def test_statistics_over_seeds(self) -> None:
        """Only a study with several seeds has them; they depend on every training of their configuration."""
        assert PLAN.seed_statistics == {}
        two, three = replace(PLAN, seeds=2), replace(PLAN, seeds=3)
        assert list(two.seed_statistics) == list(PLAN.runs)
        assert two.seed_statistics["cnn"].key != three.seed_statistics["cnn"].key
        assert three.addresses()[-1] == three.seed_statistics[PLAN.runs[-1]]


class TestAnalysisPlan:
    def test_every_result_depends_on_all_runs(self) -> None:
        """Maps and evidence show the errors of all runs, so adding a run changes their keys."""
        one, two = PLAN.analysis(("cnn",)), PLAN.analysis(("cnn", "resnet18"))
        assert one.embedding("cnn").key != two.embedding("cnn").key
        assert one.evidence("cnn").key != two.evidence("cnn").key
        assert one.statistics.key != two.statistics.key

    def test_nothing_without_a_run(self) -> None:
        """Without a run there is nothing to analyse."""
        assert list(PLAN.analysis(()).addresses()) == []

    def test_record_leads_to_the_same_addresses(self) -> None:
        """The keys of the analysis follow from the record."""
        keys = {name: PLAN.run(name).key for name in CONFIGURATIONS}
        recorded = analysis_of_record(json.loads(json.dumps(PLAN.record())), keys)
        planned = PLAN.analysis(tuple(CONFIGURATIONS))
        assert [address.name for address in recorded.addresses()] == [address.name for address in planned.addresses()]
