//! A calibration of answers that are in parts somewhere else, pass by pass over them.
//!
//! The search asks for passes: each is one function of the parameters over every chunk of students, whose sums are
//! exact across chunks. So whoever runs the passes may do it anywhere, in any order and as often as it takes, and the
//! calibration is that of [`fit_in_chunks`](crate::fit_in_chunks) to the byte.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use seedtest_numerics::{ExactSums, Interrupt, Rule};

use crate::ability::prepared_abilities;
use crate::answer_chunks::AnswerChunks;
use crate::byte_order::{Reader, Writer};
use crate::codes::{CodeBook, CodedAnswers};
use crate::error::Error;
use crate::expectation::{Expectation, Source};
use crate::grid::Grid;
use crate::groups::Groups;
use crate::latent;
use crate::linkage::Linkage;
use crate::missing_information::CompleteScores;
use crate::parameters::{Curve, FreePopulation, FreeSet, Point, Population, own_of};
use crate::responses::Answered;
use crate::result::Ability;
use crate::screening::UNUSED;
use crate::step_statistics::StepStatistics;

/// One pass over the answers of all students.
#[derive(Debug, Clone)]
pub struct Pass {
    kind: Kind,
    /// Codes of the used items, and groups.
    n_codes: usize,
    n_groups: usize,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Who answered what.
    Linkage,
    /// Expected answers.
    Expectation(Abilities),
    /// Covariances of the students' scores, and the outer products of their marginal scores where they are asked for.
    Scores { at: Abilities, point: Point, free: FreeSet, outer: bool },
    /// Covariances between the parameters of the same item.
    ItemBlocks { at: Abilities, point: Point, free: FreeSet },
}

/// What the posteriors of the students are made of.
#[derive(Debug, Clone)]
pub(crate) struct Abilities {
    pub(crate) rule: Rule,
    pub(crate) populations: Vec<Population>,
    /// Log-probabilities by code and padded node.
    pub(crate) table: Vec<f64>,
}

/// What a pass found in some chunks.
#[derive(Debug, Clone)]
pub struct PassSums(Sums);

#[derive(Debug, Clone)]
enum Sums {
    Linkage(Linkage),
    Expectation(StepStatistics),
    Scores(ExactSums),
}

/// Bytes that are no pass, or no sums of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// They were written by another version, or are cut off.
    #[error("these bytes are no {0} of this version of seedtest")]
    NotOurs(&'static str),
    /// Sums of different passes were put together.
    #[error("the sums are of different passes")]
    OfDifferentPasses,
}

const PASS: Unreadable = Unreadable::NotOurs("pass");
const SUMS: Unreadable = Unreadable::NotOurs("sums of a pass");

/// Runs a pass over the answers of all students, and says why where it cannot.
pub(crate) type RunPass<'a> = dyn FnMut(&Pass) -> Result<PassSums, String> + Send + 'a;

/// Answers in parts somewhere else, as the search sees them.
pub(crate) struct Elsewhere<'a> {
    pub(crate) n_codes: usize,
    pub(crate) n_groups: usize,
    run: Mutex<&'a mut RunPass<'a>>,
    failure: Arc<OnceLock<String>>,
}

impl<'a> Elsewhere<'a> {
    pub(crate) fn new(n_codes: usize, n_groups: usize, run: &'a mut RunPass<'a>) -> Self {
        Self { n_codes, n_groups, run: Mutex::new(run), failure: Arc::default() }
    }

    /// What a pass finds; `None` once one failed.
    fn ask(&self, kind: Kind) -> Option<Sums> {
        if self.failure.get().is_some() {
            return None;
        }
        let pass = Pass { kind, n_codes: self.n_codes, n_groups: self.n_groups };
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        match run(&pass) {
            Ok(sums) if sums.answers(&pass) => Some(sums.0),
            Ok(_) => self.fail(Unreadable::OfDifferentPasses.to_string()),
            Err(reason) => self.fail(reason),
        }
    }

    fn fail<T>(&self, reason: String) -> Option<T> {
        // Only the first is kept.
        let _ = self.failure.set(reason);
        None
    }

    /// Raised with `stop`, and once a pass failed.
    pub(crate) fn stop(&self, stop: Interrupt) -> Interrupt {
        let failure = Arc::clone(&self.failure);
        Interrupt::when(move || stop.is_raised() || failure.get().is_some())
    }

    /// Why there is no result, where a pass failed.
    pub(crate) fn failure(&self) -> Result<(), Error> {
        match self.failure.get() {
            None => Ok(()),
            Some(reason) => Err(Error::Pass { reason: reason.clone() }),
        }
    }

    pub(crate) fn linkage(&self) -> Result<Linkage, Error> {
        if let Some(Sums::Linkage(linkage)) = self.ask(Kind::Linkage) {
            return Ok(linkage);
        }
        self.failure()?;
        Err(Error::Pass { reason: Unreadable::OfDifferentPasses.to_string() })
    }

    pub(crate) fn expectation(&self, at: Abilities) -> Option<StepStatistics> {
        match self.ask(Kind::Expectation(at)) {
            Some(Sums::Expectation(found)) => Some(found),
            _ => None,
        }
    }

    pub(crate) fn scores(
        &self,
        at: Abilities,
        (point, free): (&Point, &FreeSet),
        outer: bool,
    ) -> Option<ExactSums> {
        self.exact(Kind::Scores { at, point: point.clone(), free: free.clone(), outer })
    }

    pub(crate) fn item_blocks(
        &self,
        at: Abilities,
        (point, free): (&Point, &FreeSet),
    ) -> Option<ExactSums> {
        self.exact(Kind::ItemBlocks { at, point: point.clone(), free: free.clone() })
    }

    fn exact(&self, kind: Kind) -> Option<ExactSums> {
        match self.ask(kind) {
            Some(Sums::Scores(sums)) => Some(sums),
            _ => None,
        }
    }
}

/// The answers of the students of one chunk, ready for passes.
pub struct ChunkAnswers {
    answers: AnswerChunks,
    linkage: Linkage,
}

impl ChunkAnswers {
    /// Of answers sorted by student, by code within the chunk. `position` is that of the item among the used ones, or
    /// `u32::MAX` where it is not used; `group` that of every student. The order of the students has to be that of
    /// their ids in bytes.
    ///
    /// # Errors
    /// For columns of different lengths, codes beyond their range, and students out of order.
    pub fn new(
        (student, position, correct): (&[u32], &[u32], &[u8]),
        n_items: usize,
        groups: Groups<'_>,
    ) -> Result<Self, Error> {
        let n_students = groups.of.len();
        groups.validate(n_students)?;
        let used: Vec<u32> = position.iter().map(|&p| if p == UNUSED { 0 } else { p }).collect();
        let data =
            Answered { student, item: &used, n_outcomes: correct.len(), n_students, n_items };
        let is_empty = student.is_empty() && position.is_empty() && correct.is_empty();
        if !is_empty {
            data.validate_with(|row| match correct[row] {
                0 | 1 => Ok(()),
                value => Err(Error::Correctness { row, value }),
            })?;
        }
        let mut linkage = Linkage::new(n_items, groups.n);
        let mut row = 0;
        for rows in student.chunk_by(|a, b| a == b) {
            let positions = position[row..row + rows.len()].iter().copied();
            row += rows.len();
            linkage.add(positions, groups.group_of(rows[0] as usize));
        }
        let code = |(&position, &correct): (&u32, &u8)| match position {
            UNUSED => UNUSED,
            position => 2 * position + u32::from(correct),
        };
        let code = position.iter().zip(correct).map(code).collect();
        let coded = CodedAnswers { student, code, book: CodeBook::dichotomous(n_items) };
        let answers = AnswerChunks::new(&coded, &vec![0; n_students], groups);
        Ok(Self { answers, linkage })
    }

    /// What a pass finds in this chunk.
    ///
    /// # Errors
    /// [`Unreadable`] for a pass over other items or groups, and for a quadrature that is none.
    pub fn run(&self, pass: &Pass) -> Result<PassSums, Unreadable> {
        self.check(pass)?;
        Ok(PassSums(match &pass.kind {
            Kind::Linkage => Sums::Linkage(self.linkage.clone()),
            Kind::Expectation(at) => {
                let mut expected = self.prepared(at)?;
                expected.run_here();
                Sums::Expectation(expected.into_statistics())
            }
            Kind::Scores { at, point, free, outer } => {
                let mut expected = self.prepared(at)?;
                let quadrature = expected.quadrature().clone();
                let mean_score = |of: &Population| latent::mean_score(&quadrature, *of);
                let means: Vec<[f64; 2]> = at.populations.iter().map(mean_score).collect();
                let nodes = expected.nodes.clone();
                let scores = CompleteScores::of_binary(&nodes, at.rule, (point, free));
                Sums::Scores(scores.full(&mut expected, &means, *outer))
            }
            Kind::ItemBlocks { at, point, free } => {
                let mut expected = self.prepared(at)?;
                let nodes = expected.nodes.clone();
                let scores = CompleteScores::of_binary(&nodes, at.rule, (point, free));
                Sums::Scores(scores.item_blocks(&mut expected))
            }
        }))
    }

    /// EAP abilities of the students with a usable answer at the point of an E-step, by code within the chunk.
    ///
    /// # Errors
    /// [`Unreadable`] as for [`run`](Self::run), and for a pass that is no E-step.
    pub fn abilities(&self, pass: &Pass) -> Result<Vec<Ability>, Unreadable> {
        self.check(pass)?;
        let Kind::Expectation(at) = &pass.kind else { return Err(PASS) };
        let mut expected = self.prepared(at)?;
        // Nothing raises its stop.
        Ok(prepared_abilities(&mut expected).unwrap_or_default())
    }

    fn check(&self, pass: &Pass) -> Result<(), Unreadable> {
        let same = (pass.n_codes, pass.n_groups) == (self.answers.n_codes, self.answers.n_groups);
        same.then_some(()).ok_or(Unreadable::OfDifferentPasses)
    }

    fn prepared(&self, at: &Abilities) -> Result<Expectation<'_>, Unreadable> {
        let grid = Grid::new(at.rule).map_err(|_| PASS)?;
        let mut expected = Expectation::new(Source::Here(&self.answers), &grid);
        if at.table.len() != self.answers.n_codes * expected.width()
            || at.populations.len() != self.answers.n_groups
        {
            return Err(PASS);
        }
        expected.prepare_with(&at.populations, |_, table| table.copy_from_slice(&at.table));
        Ok(expected)
    }
}

impl PassSums {
    /// Adds what the same pass found in other chunks.
    ///
    /// # Errors
    /// [`Unreadable::OfDifferentPasses`].
    pub fn merge(&mut self, other: Self) -> Result<(), Unreadable> {
        if self.shape() != other.shape() {
            return Err(Unreadable::OfDifferentPasses);
        }
        match (&mut self.0, other.0) {
            (Sums::Linkage(one), Sums::Linkage(other)) => one.merge(other),
            (Sums::Expectation(one), Sums::Expectation(other)) => one.merge(&other),
            (Sums::Scores(one), Sums::Scores(other)) => one.merge(&other),
            _ => return Err(Unreadable::OfDifferentPasses),
        }
        Ok(())
    }

    /// What has to be equal of sums that are merged.
    fn shape(&self) -> (u64, usize, usize) {
        match &self.0 {
            Sums::Linkage(linkage) => (0, linkage.n_items(), linkage.answered.len()),
            Sums::Expectation(found) => {
                let (counts, groups) = found.shape();
                (1, counts, groups)
            }
            Sums::Scores(sums) => (2, sums.len(), 0),
        }
    }

    fn answers(&self, pass: &Pass) -> bool {
        let Pass { kind, n_codes, n_groups } = pass;
        match (kind, &self.0) {
            (Kind::Linkage, Sums::Linkage(_)) => self.shape() == (0, n_codes / 2, *n_groups),
            (Kind::Expectation(at), Sums::Expectation(_)) => {
                self.shape() == (1, at.table.len(), *n_groups)
            }
            (Kind::Scores { free, outer, .. }, Sums::Scores(sums)) => {
                sums.len() == free.len() * free.len() * if *outer { 2 } else { 1 }
            }
            (Kind::ItemBlocks { free, .. }, Sums::Scores(sums)) => {
                sums.len() == free.items.len() * crate::missing_information::BLOCK
            }
            _ => false,
        }
    }

    /// The sums as bytes: equal sums are equal bytes.
    pub fn to_bytes(mut self) -> Vec<u8> {
        let mut bytes = Writer::default();
        bytes.whole(self.shape().0);
        match &mut self.0 {
            Sums::Linkage(linkage) => linkage.append_to(&mut bytes),
            Sums::Expectation(found) => found.append_to(&mut bytes.0),
            Sums::Scores(sums) => sums.append_to(&mut bytes.0),
        }
        bytes.0
    }

    /// Sums that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`Unreadable::NotOurs`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut bytes = Reader(bytes);
        let sums = match bytes.whole() {
            Some(0) => Linkage::take_from(&mut bytes).map(Sums::Linkage),
            Some(1) => StepStatistics::take_from(&mut bytes.0).map(Sums::Expectation),
            Some(2) => ExactSums::take_from(&mut bytes.0).map(Sums::Scores),
            _ => None,
        };
        sums.filter(|_| bytes.0.is_empty()).map(Self).ok_or(SUMS)
    }
}

impl Pass {
    /// An E-step at these curves.
    pub(crate) fn expectation(at: Abilities, n_codes: usize, n_groups: usize) -> Self {
        Self { kind: Kind::Expectation(at), n_codes, n_groups }
    }

    /// What the pass is called.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Linkage => "linkage",
            Kind::Expectation(_) => "expectation",
            Kind::Scores { .. } => "scores",
            Kind::ItemBlocks { .. } => "item blocks",
        }
    }

    /// The pass as bytes: equal passes are equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Writer::default();
        bytes.count(self.n_codes);
        bytes.count(self.n_groups);
        match &self.kind {
            Kind::Linkage => bytes.whole(0),
            Kind::Expectation(at) => {
                bytes.whole(1);
                at.append_to(&mut bytes);
            }
            Kind::Scores { at, point, free, outer } => {
                bytes.whole(2);
                at.append_to(&mut bytes);
                append_point(&mut bytes, (point, free));
                bytes.whole(u64::from(*outer));
            }
            Kind::ItemBlocks { at, point, free } => {
                bytes.whole(3);
                at.append_to(&mut bytes);
                append_point(&mut bytes, (point, free));
            }
        }
        bytes.0
    }

    /// A pass that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`Unreadable::NotOurs`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut bytes = Reader(bytes);
        Self::take_from(&mut bytes).filter(|_| bytes.0.is_empty()).ok_or(PASS)
    }

    fn take_from(bytes: &mut Reader<'_>) -> Option<Self> {
        let (n_codes, n_groups) = (bytes.count()?, bytes.count()?);
        let kind = match bytes.whole()? {
            0 => Kind::Linkage,
            1 => Kind::Expectation(Abilities::take_from(bytes)?),
            2 => {
                let at = Abilities::take_from(bytes)?;
                let (point, free) = take_point(bytes, &at, n_codes)?;
                Kind::Scores { at, point, free, outer: bytes.whole()? != 0 }
            }
            3 => {
                let at = Abilities::take_from(bytes)?;
                let (point, free) = take_point(bytes, &at, n_codes)?;
                Kind::ItemBlocks { at, point, free }
            }
            _ => return None,
        };
        Some(Self { kind, n_codes, n_groups })
    }
}

impl Abilities {
    fn append_to(&self, bytes: &mut Writer) {
        match self.rule {
            Rule::Grid { points, min, max } => {
                bytes.whole(0);
                bytes.count(points);
                bytes.real(min);
                bytes.real(max);
            }
            Rule::GaussHermite { points } => {
                bytes.whole(1);
                bytes.count(points);
            }
        }
        bytes.count(self.populations.len());
        for population in &self.populations {
            bytes.real(population.mean);
            bytes.real(population.log_sd);
        }
        bytes.reals(self.table.iter().copied());
    }

    fn take_from(bytes: &mut Reader<'_>) -> Option<Self> {
        let rule = match bytes.whole()? {
            0 => Rule::Grid { points: bytes.count()?, min: bytes.real()?, max: bytes.real()? },
            1 => Rule::GaussHermite { points: bytes.count()? },
            _ => return None,
        };
        let n = bytes.count()?;
        let population = |_| Some(Population { mean: bytes.real()?, log_sd: bytes.real()? });
        let populations = (0..n).map(population).collect::<Option<_>>()?;
        Some(Self { rule, populations, table: bytes.reals()? })
    }
}

fn append_point(bytes: &mut Writer, (point, free): (&Point, &FreeSet)) {
    bytes.count(point.curves.len());
    for curve in &point.curves {
        for x in [curve.a, curve.d, curve.g] {
            bytes.real(x);
        }
    }
    bytes.count(free.own.len());
    bytes.wholes(free.items.iter().map(|&item| u64::from(item)));
    bytes.whole(u64::from(free.common_slope));
    let flags = free.populations.iter().flat_map(|free| [free.mean, free.log_sd]);
    bytes.flags(&flags.collect::<Vec<_>>());
}

/// The point of a pass whose populations are known already.
fn take_point(bytes: &mut Reader<'_>, at: &Abilities, n_codes: usize) -> Option<(Point, FreeSet)> {
    let n = bytes.count().filter(|&n| 2 * n == n_codes)?;
    let curve = |_| Some(Curve { a: bytes.real()?, d: bytes.real()?, g: bytes.real()? });
    let curves = (0..n).map(curve).collect::<Option<_>>()?;
    let own = own_of(bytes.count()?)?;
    let item = |item: u64| u32::try_from(item).ok().filter(|&item| (item as usize) < n);
    let items = bytes.wholes()?.into_iter().map(item).collect::<Option<_>>()?;
    let common_slope = bytes.whole()? != 0;
    let flags = bytes.flags()?;
    if flags.len() != 2 * at.populations.len() {
        return None;
    }
    let pairs = flags.as_chunks::<2>().0.iter();
    let populations = pairs.map(|&[mean, log_sd]| FreePopulation { mean, log_sd }).collect();
    let point = Point { curves, populations: at.populations.clone() };
    Some((point, FreeSet { own, items, common_slope, populations }))
}
