//! One party of the tree: its machine with disk, line and clock, and the product's own program on it.

use std::cell::RefCell;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use hub::config::Config;
use hub::desk::Hub;
use node::desk::School;
use node::files::Folder;
use proto::link::caller::Bell;
use proto::model::clock::SetClock;
use proto::model::party::Party;
use proto::platform;
use proto::store::KeyFile;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::drive::Drive;
use crate::founding::Founded;
use crate::line::Line;
use crate::trace::{Trace, note};

/// The port of every hub.
const PORT: u16 = 7443;
/// After so long a program that ended by itself is started again.
const RESTART: Duration = Duration::from_secs(10);

/// A program at work, for those who ask something of it.
#[derive(Clone)]
pub(crate) enum Open {
    /// A school's.
    School(Arc<School>, Bell),
    /// A hub's.
    Hub(Arc<Hub>, Bell),
}

impl Open {
    /// Rings for a call to the parent.
    pub(crate) const fn bell(&self) -> &Bell {
        match self {
            Self::School(_, bell) | Self::Hub(_, bell) => bell,
        }
    }

    /// The school.
    ///
    /// # Panics
    /// When it is a hub.
    pub(crate) fn school(&self) -> &Arc<School> {
        match self {
            Self::School(school, _) => school,
            Self::Hub(hub, _) => panic!("{} is no school", hub.me),
        }
    }

    /// The hub.
    ///
    /// # Panics
    /// When it is a school.
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        match self {
            Self::Hub(hub, _) => hub,
            Self::School(school, _) => panic!("{} is no hub", school.party()),
        }
    }
}

/// Something to be done at a machine, by its own program. It is forgotten when the machine fails.
pub(crate) type Errand = Box<dyn FnOnce(Open) -> Pin<Box<dyn Future<Output = ()>>>>;

/// A party's machine. A clone is the same machine.
#[derive(Clone)]
pub(crate) struct Machine {
    /// Who works on it.
    pub(crate) party: Party,
    /// Its name on the network.
    pub(crate) host: String,
    /// The folder of its settings and keys.
    pub(crate) dir: PathBuf,
    /// Its disk.
    pub(crate) drive: Drive,
    /// Its clock.
    pub(crate) clock: Arc<SetClock>,
    /// Its way to the others.
    pub(crate) line: Line,
    trace: Trace,
    inbox: Rc<RefCell<Option<UnboundedSender<Errand>>>>,
}

impl Machine {
    /// A machine of `party`, as it was `founded`, or with nothing on it but settings and keys.
    pub(crate) fn new(
        party: &Party,
        name: &str,
        dir: PathBuf,
        founded: Option<&Founded>,
        clock: Arc<SetClock>,
        trace: Trace,
    ) -> Result<Self> {
        let drive = founded.map(|founded| Drive::holding(&founded.pairs)).unwrap_or_default();
        let machine = Self {
            party: party.clone(),
            host: host(party),
            line: Line::new(drive.clone()),
            dir,
            drive,
            clock,
            trace,
            inbox: Rc::default(),
        };
        if let Some(founded) = founded {
            founded.unpack(&machine.dir)?;
        } else if let Some(code) = party.school_code() {
            let folder = Folder::at(&machine.dir);
            platform::private_dir(&folder.identity())?;
            platform::private_dir(&folder.backups())?;
            KeyFile::create(&folder.key())?;
            let under = party.region().to_string();
            std::fs::write(folder.config(), node::config::Config::text(&code.to_string(), &under, name))?;
        }
        Ok(machine)
    }

    /// What the machine does from power-on: its program runs, and is started again when it ends.
    pub(crate) async fn run(self) -> turmoil::Result {
        loop {
            match self.start().await {
                Ok(mut program) => {
                    let (send, receive) = unbounded_channel();
                    self.inbox.replace(Some(send));
                    note!(self.trace, "{} works", self.party);
                    let why = program.serve(receive).await;
                    note!(self.trace, "{} ended: {why}", self.party);
                }
                Err(error) => note!(self.trace, "{} does not start: {error:#}", self.party),
            }
            self.inbox.take();
            tokio::time::sleep(RESTART).await;
        }
    }

    async fn start(&self) -> Result<Program> {
        let (net, engine) = (Arc::new(self.line.clone()), Arc::new(self.drive.clone()));
        if self.party.is_school() {
            let options = node::serve::Options {
                engine,
                local: false,
                ..node::serve::Options::new(&self.dir, self.clock.clone(), net)
            };
            return Ok(Program::School(node::serve::start(options).await?));
        }
        if !self.dir.join("config.toml").exists() {
            let public = format!("{}:{PORT}", self.host);
            let config =
                Config::new(&self.party.region().to_string(), "", &format!("0.0.0.0:{PORT}"), &public)?;
            Hub::init_on(&*engine, &self.dir, config, self.clock.clone()).await.context("a new hub")?;
        }
        let options = hub::serve::Options {
            clock: self.clock.clone(),
            net,
            engine,
            local: false,
            ..hub::serve::Options::new(&self.dir)
        };
        Ok(Program::Hub(Box::new(hub::serve::start(options).await?)))
    }

    /// Whether its program is at work.
    pub(crate) fn works(&self) -> bool {
        self.inbox.borrow().is_some()
    }

    /// Hands an errand in. Whether somebody was there to take it.
    pub(crate) fn hand(&self, errand: Errand) -> bool {
        self.inbox.borrow().as_ref().is_some_and(|inbox| inbox.send(errand).is_ok())
    }

    /// It is off: nobody takes errands.
    pub(crate) fn off(&self) {
        self.inbox.take();
    }
}

/// The name of a party's machine.
pub(crate) fn host(party: &Party) -> String {
    match party.school_code() {
        Some(code) => format!("s{code}"),
        None => format!("h{}", party.region()),
    }
}

/// The product's program.
enum Program {
    School(node::serve::Running),
    Hub(Box<hub::serve::Running>),
}

impl Program {
    fn open(&self) -> Open {
        match self {
            Self::School(running) => Open::School(running.school.clone(), running.bell.clone()),
            Self::Hub(running) => Open::Hub(running.hub.clone(), running.bell.clone()),
        }
    }

    async fn ended(&mut self) -> String {
        match self {
            Self::School(running) => running.ended().await.err().unwrap_or_default(),
            Self::Hub(running) => running.ended().await.err().map(|e| e.to_string()).unwrap_or_default(),
        }
    }

    /// Takes errands until a part of the program ends; says why.
    async fn serve(&mut self, mut inbox: UnboundedReceiver<Errand>) -> String {
        loop {
            let open = self.open();
            tokio::select! {
                biased;
                why = self.ended() => return why,
                Some(errand) = inbox.recv() => {
                    tokio::task::spawn_local(errand(open));
                }
            }
        }
    }
}
