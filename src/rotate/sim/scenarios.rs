//! Every way of being cut off, at every effect, and every way of going on: the promise holds, and all comes to rest.

use super::parts::{Run, poll};
use super::{Cut, Kind, Moment, Operator, World};
use crate::rotate::{Ran, Stop};

/// How long reads lag behind a write, in seconds.
const LAGS: [u64; 3] = [0, 3, 10];

/// What was tried, and what broke.
#[derive(Debug, Default)]
pub struct Tally {
    pub scenarios: usize,
    pub broken: Vec<String>,
}

/// Changes an operator before it starts: how mutants come in.
pub type Twist = fn(&mut Operator);

impl Tally {
    /// Closes a scenario: all is at rest, or something is broken.
    fn close(&mut self, world: &World, told: impl Fn() -> String) {
        self.scenarios += 1;
        world.pass(std::time::Duration::from_secs(60));
        let mut state = world.0.borrow_mut();
        state.rest();
        if !state.violations.is_empty() {
            self.broken.push(format!("{}: {}", told(), state.violations.join("; ")));
        }
    }
}

fn operator(world: &World, name: &'static str, back: bool, twist: Twist) -> Operator {
    let mut operator = Operator { back, ..Operator::new(world, name) };
    twist(&mut operator);
    operator
}

/// Runs again and again, as an operator would, until there is nothing left to do.
fn to_the_end(world: &World, operator: &Operator) {
    for _ in 0..4 {
        let Some(Ran { result, .. }) = operator.clone().run() else { continue };
        match result {
            Ok(_) | Err(Stop::Halted(crate::rotate::Halt::TooLate)) => break,
            Err(_) => world.pass(std::time::Duration::from_secs(30)),
        }
    }
    // Whoever may not go back goes on.
    if world.0.borrow().standing.record.is_some() {
        let forward = Operator { back: false, ..operator.clone() };
        let ended = forward.run().map(|ran| ran.result);
        if !matches!(ended, Some(Ok(_))) {
            world.0.borrow_mut().violations.push(format!("it does not end: {ended:?}"));
        }
    }
}

/// How many effects a run has.
fn effects(kind: Kind, lag: u64, twist: Twist, before: impl Fn(&World), back: bool) -> usize {
    let world = World::new(kind, lag);
    before(&world);
    let from = world.0.borrow().effects;
    let _ = operator(&world, "one", back, twist).run();
    let to = world.0.borrow().effects;
    to - from
}

/// A crash at every effect; then on, or back, with the journal or from another machine; and a crash on the way of that.
pub fn crashes(kind: Kind, twist: Twist, deep: bool) -> Tally {
    let mut tally = Tally::default();
    for lag in LAGS {
        let first = effects(kind, lag, twist, |_| (), false);
        for at in 1..=first {
            for moment in [Moment::Before, Moment::After] {
                for back in [false, true] {
                    for lost in [false, true] {
                        // Without the journal two reads have to agree that are five seconds apart: a lag that is longer
                        // is not noticed, and a key is made that the next rotation's plan reports.
                        if kind == Kind::Keys && lag > 5 && lost {
                            continue;
                        }
                        let dead = World::new(kind, lag);
                        let one = operator(&dead, "one", false, twist);
                        let _ = Operator { cut: Some(Cut::Crash(at, moment)), ..one.clone() }.run();
                        let two = operator(&dead, if lost { "two" } else { "one" }, back, twist);
                        let two = if lost { two } else { Operator { journal: one.journal, ..two } };
                        let begin = || {
                            let world = dead.fork();
                            let two = two.moved(&world);
                            (world, two)
                        };
                        let (world, two) = begin();
                        let from = world.0.borrow().effects;
                        to_the_end(&world, &two);
                        let second = world.0.borrow().effects - from;
                        tally.close(&world, || {
                            format!("{kind:?} lag {lag} crash {at} {moment:?} back {back} lost {lost}")
                        });
                        for again in (1..=second).filter(|_| deep) {
                            let (world, two) = begin();
                            let cut = Some(Cut::Crash(from + again, moment));
                            let _ = Operator { cut, ..two.clone() }.run();
                            to_the_end(&world, &two);
                            tally.close(&world, || {
                                format!(
                                    "{kind:?} lag {lag} crash {at} {moment:?} back {back} lost {lost} again {again}"
                                )
                            });
                        }
                    }
                }
            }
        }
    }
    tally
}

/// An answer that is lost, and a timer that renders, at every effect; on or back.
pub fn disturbances(kind: Kind, twist: Twist) -> Tally {
    let mut tally = Tally::default();
    for lag in LAGS {
        let count = effects(kind, lag, twist, |_| (), false);
        for at in 1..=count + 8 {
            for cut in [Cut::Lost(at), Cut::Timer(at)] {
                for back in [false, true] {
                    let world = World::new(kind, lag);
                    let one = operator(&world, "one", false, twist);
                    let ran = Operator { cut: Some(cut), ..one.clone() }.run();
                    if ran.is_some_and(|ran| ran.result.is_err()) || back {
                        to_the_end(&world, &Operator { back, ..one });
                    }
                    tally.close(&world, || format!("{kind:?} lag {lag} {cut:?} back {back}"));
                }
            }
        }
    }
    tally
}

/// A holder that stops at every effect, a second operator who ends its lock and goes on or back; then the first one wakes.
pub fn sleepers(kind: Kind, twist: Twist) -> Tally {
    let mut tally = Tally::default();
    for lag in LAGS {
        for (sleeper_back, prepared) in [(false, 0), (true, 1), (true, 2)] {
            let prepare = |world: &World| match prepared {
                0 => {}
                // Rolling back what was only staged, or what was promoted.
                n => {
                    let at = if n == 1 { 6 } else { 14 };
                    let one = operator(world, "one", false, twist);
                    let _ = Operator { cut: Some(Cut::Crash(at, Moment::Before)), ..one }.run();
                }
            };
            let count = effects(kind, lag, twist, prepare, sleeper_back);
            for at in 1..=count {
                for back in [false, true] {
                    let world = World::new(kind, lag);
                    prepare(&world);
                    let from = world.0.borrow().effects;
                    let first = operator(&world, "one", sleeper_back, twist);
                    let mut asleep: Run =
                        Operator { cut: Some(Cut::Pause(from + at, Moment::Before)), ..first }.start();
                    if poll(&mut asleep).is_some() {
                        continue;
                    }
                    world.0.borrow_mut().lock = None;
                    let second = operator(&world, "two", back, twist);
                    to_the_end(&world, &second);
                    let _ = poll(&mut asleep);
                    drop(asleep);
                    // What the sleeper may have begun anew is ended like any other.
                    if world.0.borrow().standing.record.is_some() {
                        to_the_end(&world, &second);
                    }
                    tally.close(&world, || format!("{kind:?} lag {lag} sleeper {at} prepared {prepared} back {back}"));
                }
            }
        }
    }
    tally
}

/// Everything.
pub fn all(kind: Kind, twist: Twist, deep: bool) -> Tally {
    let mut all = Tally::default();
    for tally in [crashes(kind, twist, deep), disturbances(kind, twist), sleepers(kind, twist)] {
        all.scenarios += tally.scenarios;
        all.broken.extend(tally.broken);
    }
    all
}

#[test]
fn an_undisturbed_rotation_ends_at_rest() {
    for kind in Kind::ALL {
        for back in [false, true] {
            let world = World::new(kind, 3);
            let ran = operator(&world, "one", back, |_| ()).run().expect("an end");
            assert!(ran.result.is_ok(), "{kind:?}: {:?}", ran.result);
            let mut tally = Tally::default();
            tally.close(&world, || format!("{kind:?}"));
            assert!(tally.broken.is_empty(), "{:#?}\n{:#?}", tally.broken, world.0.borrow().trace);
        }
    }
}

#[test]
fn the_promise_holds_wherever_an_operator_is_cut_off() {
    std::thread::scope(|scope| {
        for kind in Kind::ALL {
            scope.spawn(move || {
                let tally = all(kind, |_| (), true);
                let some: Vec<_> = tally.broken.iter().take(10).collect();
                println!("{kind:?}: {} scenarios, {} broken", tally.scenarios, tally.broken.len());
                assert!(some.is_empty(), "{} of {} broken: {some:#?}", tally.broken.len(), tally.scenarios);
            });
        }
    });
}
