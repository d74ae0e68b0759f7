"""The daemon is killed, or the power fails, at each step."""

from collections.abc import Callable

from tests.failures.fragile import DEATH
from tests.failures.row import Family, Row
from tests.failures.scene import Scene
from watchconvert.core.job import Verdict

End = Callable[[Scene], None]


def _ended(first: End, second: End, step: str, **route: str) -> Callable[[Scene], None]:
    """End one life just before a step is written down, and the next just after."""

    def scenario(scene: Scene) -> None:
        scene.change_route(**route)
        if step == "set aside":
            scene.service.refuse = Verdict("It is damaged.", 500, 5002)
        if step not in ("dropped", "settled"):
            scene.when(step, lambda: first(scene), committed=False)
        scene.when(step, lambda: second(scene))
        scene.put()
        deleted = scene.route.source == "delete"
        if deleted:
            scene.taken.add(scene.dropped[0])
        scene.end(lies="error" if step == "set aside" else "archive")
        assert scene.lives == (2 if step in ("dropped", "settled") else 3)

    return scenario


def killed(step: str, **route: str) -> Callable[[Scene], None]:
    """The process is gone; the disks are as it left them."""
    return _ended(Scene.die, Scene.die, step, **route)


def dark(step: str, **route: str) -> Callable[[Scene], None]:
    """The machine is gone; of what was not synced nothing has ever been."""
    return _ended(Scene.cut_power, Scene.cut_power, step, **route)


def killed_and_dark(step: str, before: str, folder: str, **route: str) -> Callable[[Scene], None]:
    """The process is gone right after a rename or a removal; the next life goes on from there, and then the power fails."""

    def scenario(scene: Scene) -> None:
        scene.change_route(**route)
        if step == "set aside":
            scene.service.refuse = Verdict("It is damaged.", 500, 5002)
        call = "unlink" if route else "rename_new"
        scene.when(before, lambda: scene.trouble(call, DEATH, folder, afterwards=True))
        scene.when(step, scene.cut_power)
        scene.put()
        if route:
            scene.taken.add(scene.dropped[0])
        scene.end(lies="error" if step == "set aside" else "archive")
        assert scene.lives == 3

    return scenario


_KILL, _POWER = "the daemon is killed", "the power fails"
_BOTH = "the daemon is killed, and then the power fails"

KILL = Family(
    "kill",
    "The daemon is killed, runs out of memory, or crashes",
    (
        Row(_KILL, "dropped", "nothing was known yet; the scan of the next start finds the file", killed("dropped")),
        Row(_KILL, "settled", "the quiet time begins anew", killed("settled")),
        Row(_KILL, "noticed", "the row is there or it is not; the file is taken once", killed("noticed")),
        Row(_KILL, "claimed", "the file is in the stage or in the inbox, and the claim is finished", killed("claimed")),
        Row(
            _KILL,
            "uploaded",
            "the service is asked whether it has the file; if not, it is sent again, which is free",
            killed("uploaded"),
        ),
        Row(
            _KILL,
            "minted",
            "a JobId that was not written down was never used; one that was is asked about, and sent after the doubt pause",
            killed("minted"),
        ),
        Row(_KILL, "submitted", "the service is asked about the same JobId; it is not sent again", killed("submitted")),
        Row(_KILL, "converting", "the job is asked about again", killed("converting")),
        Row(_KILL, "fetched", "half parts are removed and fetched again; whole ones are published", killed("fetched")),
        Row(
            _KILL,
            "published",
            "what stands in the outbox is known again by its inode; the rest is renamed now",
            killed("published"),
        ),
        Row(
            _KILL,
            "retired",
            "a source in the stage is moved now; one that is not there was moved before",
            killed("retired"),
        ),
        Row(
            _KILL,
            "retired",
            'with `source = "delete"` it is removed once the outputs are written down, and not before',
            killed("retired", source="delete"),
        ),
        Row(
            _KILL,
            "retired",
            "the service may keep its copies: it forgets them by itself after three hours",
            shown_by=("test_forgetting_never_raises",),
        ),
        Row(_KILL, "set aside", "file and explanation are both there, whole, once", killed("set aside")),
        Row(
            _KILL,
            "any",
            "at every system call, every request and every commit, once and at many pairs, while people act: as if it had not died",
            shown_by=("test_death_at_every_point", "test_every_effect_has_its_point"),
        ),
        Row(
            "SIGKILL with 30 real files under way",
            "any",
            "all right, each billed once, stages empty",
            shown_by=("test_killed_in_the_middle_everything_comes_out_once",),
        ),
        Row(
            "three deaths at one file, in one step that works on its content",
            "any",
            "that file is set aside",
            shown_by=("test_a_file_that_is_in_hand_at_three_deaths_is_set_aside",),
        ),
        Row(
            "deaths at one file, in different steps",
            "any",
            "nothing: they do not add up",
            shown_by=("test_deaths_in_different_steps_do_not_add_up",),
        ),
        Row("an orderly stop", "any", "no file is blamed", shown_by=("test_an_orderly_stop_blames_no_file",)),
        Row(
            "SIGKILL of the real process, at the system calls of a step and of the life that makes it good",
            "any",
            "the same",
            shown_by=("test_killed_at_system_calls_of_a_step_and_of_the_life_that_makes_it_good",),
        ),
        Row(
            "SIGKILL of the real process again and again, at random moments, with files under way",
            "any",
            "the same",
            shown_by=(
                "test_killed_at_random_moments_with_files_under_way",
                "test_killed_at_random_moments_with_the_built_in_server",
            ),
        ),
    ),
)

POWER = Family(
    "power",
    "The power fails, or the kernel panics",
    (
        Row(
            _POWER,
            "dropped",
            "the person's own copy may be short; what is there is treated as any file",
            dark("dropped"),
        ),
        Row(_POWER, "settled", "the quiet time begins anew", dark("settled")),
        Row(_POWER, "noticed", "the commit was synced, or the file is noticed again", dark("noticed")),
        Row(
            _POWER,
            "claimed",
            "a rename that was not synced is undone, and so is its row; the file is never in both places, and never in none",
            dark("claimed"),
        ),
        Row(
            _POWER, "uploaded", "as when it is killed; an upload that nobody remembers costs nothing", dark("uploaded")
        ),
        Row(_POWER, "minted", "the JobId was synced before the service heard of it", dark("minted")),
        Row(_POWER, "submitted", "the row says that it may have been sent, so the service is asked", dark("submitted")),
        Row(_POWER, "converting", "as when it is killed", dark("converting")),
        Row(_POWER, "fetched", "`fetched` is written only after parts and stage are synced", dark("fetched")),
        Row(
            _POWER,
            "published",
            "a rename that is undone is done again; a name never stands there without its content",
            dark("published"),
        ),
        Row(_POWER, "retired", "a move that is undone is done again", dark("retired")),
        Row(
            _POWER,
            "retired",
            'with `source = "delete"` the outputs were synced before',
            dark("retired", source="delete"),
        ),
        Row(
            _POWER,
            "set aside",
            "a move that is undone is done again; the explanation is synced before it is seen",
            dark("set aside"),
        ),
        Row(
            _BOTH,
            "claimed",
            "what the first life left is synced by the second before it is believed",
            killed_and_dark("claimed", "noticed", "inbox"),
        ),
        Row(
            _BOTH,
            "submitted",
            "the same: the claim was durable before anything was bought",
            killed_and_dark("submitted", "noticed", "inbox"),
        ),
        Row(_BOTH, "published", "the same", killed_and_dark("published", "fetched", "outbox")),
        Row(_BOTH, "retired", "the same", killed_and_dark("retired", "published", "archive")),
        Row(
            _BOTH,
            "retired",
            "the same where the source is removed: it does not come back, and is not bought again",
            killed_and_dark("retired", "published", "inbox", source="delete"),
        ),
        Row(_BOTH, "set aside", "the same", killed_and_dark("set aside", "submitted", "error")),
        Row(
            _POWER,
            "any",
            "both folders of every rename are synced before the commit that says so",
            shown_by=("test_both_folders_of_every_rename_are_synced", "test_what_durability_rests_on_is_set"),
        ),
        Row(
            "the power of the real process is cut, at the system calls of a step and of the life that makes it good",
            "any",
            "as if it had not been cut",
            shown_by=("test_the_power_is_cut_at_system_calls_of_a_step_and_of_the_life_that_makes_it_good",),
        ),
        Row(
            "the same at random moments, with 20 files under way",
            "any",
            "the same",
            shown_by=("test_the_power_is_cut_at_random_moments_with_20_files_under_way",),
        ),
    ),
)
