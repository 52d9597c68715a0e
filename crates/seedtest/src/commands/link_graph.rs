//! `seedtest link` of more than two calibrations: a graph of links, and the way of each file to the last scale.

use std::collections::BTreeMap;
use std::path::Path;

use seedtest_families::irt::known_curves;
use seedtest_irt::polytomous::{
    Covariance, ItemErrors, KnownItem, LinkEdge, LinkItem, ScaleMap, link, scale_paths,
};
use seedtest_irt::{DriftTest, LinkMethod, LinkSpec};
use seedtest_wire::{
    AnchorJson, LinkGraphFileJson, LinkGraphLinkJson, LinkGraphPairJson, LinkGraphResponse,
    json_fault,
};
use serde_json::Value;

use crate::cli::{DriftArg, LinkArgs};
use crate::commands::json_file::{parse_json, read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;

/// Items of a calibration by id.
type Side = BTreeMap<String, (KnownItem, Option<ItemErrors>)>;

/// The files as they are called.
struct Files<'a> {
    names: Vec<String>,
    sides: Vec<Side>,
    args: &'a LinkArgs,
    method: LinkMethod,
}

pub(super) fn run(args: &LinkArgs, method: LinkMethod, output: &Output) -> Result<(), Failure> {
    if args.true_scores {
        let message = "--true-scores compares two calibrations, there are more";
        return Err(Failure::usage(message, "leave it out, or give two files"));
    }
    let paths = || std::iter::once(&args.new).chain([&args.old]).chain(&args.more);
    let names: Vec<String> = paths().map(|path| path.display().to_string()).collect();
    if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        let message = format!("{} is given twice", twice.1);
        return Err(Failure::usage(message, "give every calibration once"));
    }
    let sides = paths().map(|path| read(path)).collect::<Result<Vec<Side>, Failure>>()?;
    let files = Files { names, sides, args, method };
    let response = files.response();
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output),
        None => table(&response, output),
    }
}

fn read(path: &Path) -> Result<Side, Failure> {
    let bad = |what: String| {
        let hint = "give the JSON of `seedtest fit irt --json FILE`".to_string();
        Failure::new(format!("{}: {what}", path.display()), Some(hint))
    };
    let value: Value = parse_json(&read_text(path)?).map_err(bad)?;
    let items = value.get("item_params").and_then(Value::as_array);
    let items =
        items.filter(|items| !items.is_empty()).ok_or_else(|| bad("no item_params".into()))?;
    let mut side = Side::new();
    for entry in items {
        let anchor: AnchorJson =
            serde_json::from_value(entry.clone()).map_err(|error| bad(json_fault(&error)))?;
        let known = known_curves(&anchor).map_err(|error| bad(error.to_string()))?;
        if let Some(known) = known {
            side.insert(anchor.item_id, known);
        }
    }
    Ok(side)
}

impl Files<'_> {
    fn response(&self) -> LinkGraphResponse {
        let n = self.names.len();
        let (mut edges, mut links, mut not_linked) = (Vec::new(), Vec::new(), Vec::new());
        for new in 0..n {
            for old in new + 1..n {
                let pair = |reason: String, n_common| LinkGraphPairJson {
                    files: [self.names[new].clone(), self.names[old].clone()],
                    n_common,
                    reason,
                };
                let common = self.common(new, old);
                if common.is_empty() {
                    not_linked.push(pair(self.nothing_common(new, old), 0));
                    continue;
                }
                match self.link(new, old, &common) {
                    Ok((edge, json)) => {
                        edges.push(edge);
                        links.push(json);
                    }
                    Err(reason) => not_linked.push(pair(reason, common.len())),
                }
            }
        }
        // The second file is the scale of two as well.
        let reference = 1;
        let ways = scale_paths(n, &edges, reference);
        let file = |(at, way): (usize, &Option<seedtest_irt::polytomous::ScalePath>)| {
            let se = |variance: Option<[[f64; 2]; 2]>, i: usize| {
                variance.map(|v| v[i][i].max(0.0).sqrt())
            };
            let through = |links: &[usize]| {
                let mut here = at;
                let mut names = Vec::new();
                for link in links {
                    let edge = edges[*link];
                    here = if edge.new == here { edge.old } else { edge.new };
                    names.push(self.names[here].clone());
                }
                names
            };
            let map = way.as_ref().map(|way| way.map);
            LinkGraphFileJson {
                file: self.names[at].clone(),
                linked: way.is_some(),
                slope: map.map(|map| map.slope),
                intercept: map.map(|map| map.intercept),
                slope_se: map.and_then(|map| se(map.variance, 0)),
                intercept_se: map.and_then(|map| se(map.variance, 1)),
                through: way.as_ref().map_or(Vec::new(), |way| through(&way.links)),
                weakest: way.as_ref().and_then(|way| way.weakest).map(|link| {
                    [self.names[edges[link].new].clone(), self.names[edges[link].old].clone()]
                }),
            }
        };
        let all: Vec<LinkGraphFileJson> = ways.iter().enumerate().map(file).collect();
        let apart: Vec<&str> =
            all.iter().filter(|of| !of.linked).map(|of| of.file.as_str()).collect();
        let mut warnings = Vec::new();
        if !apart.is_empty() {
            warnings.push(format!(
                "no chain of common items leads from {} to {}: let some of their items be answered together with \
                 items of the others",
                apart.join(", "),
                self.names[reference]
            ));
        }
        LinkGraphResponse {
            status: "success".into(),
            ok: true,
            reference: self.names[reference].clone(),
            connected: apart.is_empty(),
            files: all,
            links,
            not_linked,
            warnings,
        }
    }

    /// Items of both files with the same categories.
    fn common(&self, new: usize, old: usize) -> Vec<(&str, LinkItem)> {
        let old = &self.sides[old];
        let mut found = Vec::new();
        for (code, (id, (new, _))) in (0u32..).zip(&self.sides[new]) {
            let Some((old, _)) = old.get(id) else { continue };
            if new.curves.form() == old.curves.form() && new.scores == old.scores {
                let (new, old) = (new.curves.clone(), old.curves.clone());
                found.push((id.as_str(), LinkItem { item: code, new, old }));
            }
        }
        found
    }

    /// Why two files have no common item.
    fn nothing_common(&self, new: usize, old: usize) -> String {
        let old = &self.sides[old];
        match self.sides[new].keys().filter(|id| old.contains_key(*id)).count() {
            0 => "no items in common".into(),
            n => format!("{n} items of both have other models or categories"),
        }
    }

    fn link(
        &self,
        new: usize,
        old: usize,
        common: &[(&str, LinkItem)],
    ) -> Result<(LinkEdge, LinkGraphLinkJson), String> {
        let covariance = |side: &Side| {
            let errors: Vec<(u32, &ItemErrors)> = common
                .iter()
                .filter_map(|(id, item)| Some((item.item, side.get(*id)?.1.as_ref()?)))
                .collect();
            Covariance::of_items(&errors)
        };
        let (of_new, of_old) = (covariance(&self.sides[new]), covariance(&self.sides[old]));
        let unit =
            |at: usize| self.sides[at].values().all(|(item, _)| item.curves.slope() == Some(1.0));
        let tested = self.args.drift == DriftArg::Test && !self.args.keep_all;
        let spec = LinkSpec {
            method: self.method,
            same_unit: unit(new) && unit(old),
            drift: tested.then(DriftTest::default),
            ..LinkSpec::default()
        };
        let items: Vec<LinkItem> = common.iter().map(|(_, item)| item.clone()).collect();
        let found = link(&items, &spec, (of_new.as_ref(), of_old.as_ref()))
            .map_err(|error| error.to_string())?;
        let dropped = found.anchors.iter().filter(|anchor| !anchor.kept).filter_map(|anchor| {
            common.iter().find(|(_, item)| item.item == anchor.item).map(|(id, _)| (*id).to_owned())
        });
        let json = LinkGraphLinkJson {
            new: self.names[new].clone(),
            old: self.names[old].clone(),
            n_common: common.len(),
            n_anchors: found.n_anchors,
            slope: found.slope,
            intercept: found.intercept,
            slope_se: found.slope_se,
            intercept_se: found.intercept_se,
            dropped_anchors: dropped.collect(),
        };
        Ok((LinkEdge { new, old, map: ScaleMap::from(&found) }, json))
    }
}

fn table(found: &LinkGraphResponse, output: &Output) -> Result<(), Failure> {
    let number = |x: Option<f64>| x.map_or("-".to_string(), |x| format!("{x:.4}"));
    output.line(&format!(
        "{} calibrations on the scale of {}",
        found.files.len(),
        found.reference
    ))?;
    for warning in &found.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.paragraph(&format!(
        "{:<28} {:>8} {:>8} {:>8} {:>8}  through",
        "file", "A", "se", "B", "se"
    ))?;
    for file in &found.files {
        let through = match &file.weakest {
            Some([one, other]) if file.through.len() > 1 => {
                format!("{}; weakest link {one} – {other}", file.through.join(" → "))
            }
            _ => file.through.join(" → "),
        };
        let line = format!(
            "{:<28} {:>8} {:>8} {:>8} {:>8}  {through}",
            file.file,
            number(file.slope),
            number(file.slope_se),
            number(file.intercept),
            number(file.intercept_se)
        );
        output.line(line.trim_end())?;
    }
    output.paragraph(&format!(
        "{:<58} {:>7} {:>8} {:>8} {:>8} {:>8}",
        "link", "anchors", "A", "se", "B", "se"
    ))?;
    for link in &found.links {
        let left = link.n_common - link.n_anchors;
        let dropped = if left > 0 { format!("  {left} left out: drift") } else { String::new() };
        output.line(&format!(
            "{:<58} {:>7} {:>8.4} {:>8} {:>8.4} {:>8}{dropped}",
            format!("{} – {}", link.new, link.old),
            link.n_anchors,
            link.slope,
            number(link.slope_se),
            link.intercept,
            number(link.intercept_se)
        ))?;
    }
    for pair in &found.not_linked {
        let [one, other] = &pair.files;
        output.line(&format!("{one} – {other}: not linked, {}", pair.reason))?;
    }
    Ok(())
}
