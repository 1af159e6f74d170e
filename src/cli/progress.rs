//! Shows how far a long scan is, on a terminal's standard error and nowhere else, and ends it on Ctrl-C and when the
//! system or a CI job asks the process to end.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use console::Term;

use super::course::{Course, line};
use crate::source::history::Meter;

/// How often the bar is drawn.
const EVERY: Duration = Duration::from_millis(200);

/// What Ctrl-C and SIGTERM stop. A handler can be set once in a process.
static RUNNING: Mutex<Weak<Meter>> = Mutex::new(Weak::new());
static IS_HANDLED: AtomicBool = AtomicBool::new(false);

/// A bar while it is shown.
pub(super) struct Progress {
    meter: Arc<Meter>,
    drawing: Option<(Arc<AtomicBool>, std::thread::JoinHandle<()>)>,
}

impl Progress {
    /// From now on Ctrl-C stops what `meter` measures; a second one ends the process.
    pub(super) fn start(meter: &Arc<Meter>) -> Progress {
        *lock() = Arc::downgrade(meter);
        if !IS_HANDLED.swap(true, Ordering::Relaxed) {
            // Without a handler Ctrl-C ends the process at once, which is safe too.
            let _ = ctrlc::set_handler(interrupted);
        }
        let drawing = std::io::stderr().is_terminal().then(|| {
            let ended = Arc::new(AtomicBool::new(false));
            let (meter, stop) = (meter.clone(), ended.clone());
            (ended, std::thread::spawn(move || draw(&meter, &stop)))
        });
        Progress { meter: meter.clone(), drawing }
    }

    /// Takes the bar away.
    pub(super) fn end(mut self) {
        self.clear();
    }

    fn clear(&mut self) {
        if let Some((ended, thread)) = self.drawing.take() {
            ended.store(true, Ordering::Relaxed);
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
        let mut running = lock();
        if std::ptr::eq(running.as_ptr(), Arc::as_ptr(&self.meter)) {
            *running = Weak::new();
        }
    }
}

fn lock() -> std::sync::MutexGuard<'static, Weak<Meter>> {
    RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn interrupted() {
    match lock().upgrade().filter(|meter| !meter.is_stopped()) {
        Some(meter) => meter.stop(),
        #[expect(clippy::exit, reason = "a second Ctrl-C, or nothing that could end in order")]
        None => std::process::exit(super::Exit::Interrupted.code().into()),
    }
}

/// What cannot be drawn is no reason to stop.
fn draw(meter: &Meter, ended: &AtomicBool) {
    let (term, mut course) = (Term::stderr(), Course::new(Instant::now()));
    while !ended.load(Ordering::Relaxed) {
        let shown = line(&course.at(Instant::now(), &meter.read()), usize::from(term.size().1));
        let _ = term.clear_line().and_then(|()| term.write_str(&shown));
        std::thread::park_timeout(EVERY);
    }
    let _ = term.clear_line();
}
