//! What has to change in a database so that it holds the declared schema.

use super::clash::Clash;
use super::existing::{Existing, Relation};
use crate::attempts;
use crate::catalog::{self, BESIDE_OTHERS};
use crate::engine::backend::Backend;
use crate::engine::session::Session;
use crate::error::Error;
use crate::platform::interest_goal::INTEREST_GOAL;
use crate::schema::{self, Column, Migration, Owner, Table, View};
use crate::target::SchemaName;

/// The comment by which a view of ours is known.
const MARK: &str = "seedtest: made by `seedtest migrate`, which renews it";

/// The statements that bring a database to the declared schema. They are worked out before the
/// first one runs, so that a clash is known while nothing has changed.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) statements: Vec<String>,
    pub(super) created: Vec<String>,
    pub(super) added: Vec<String>,
    pub(super) adopted: Vec<String>,
    clashes: Vec<Clash>,
}

/// What is migrated from where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The schema of a server that our tables are in; `None` = wherever it makes them.
    pub(super) schema: Option<&'a SchemaName>,
    /// The migrations that are applied now.
    pub(super) applied: &'a [Migration],
    /// The newest one that was applied before; 0 = none.
    pub(super) before: i64,
    /// Whether a view is there that is marked as ours.
    pub(super) has_marks: bool,
}

impl Place<'_> {
    /// Whether something stands where our own tables do: a table of the same name elsewhere is somebody else's.
    fn is_home(&self, relation: &Relation) -> bool {
        self.schema.is_none_or(|schema| schema.as_str() == relation.schema)
    }

    fn applies(&self, change: Migration) -> bool {
        self.applied.contains(&change)
    }

    /// Whether a relation with the name of one of our views is ours. Before views were marked, there was no
    /// other one in a database that had them.
    fn is_ours(&self, relation: &Relation) -> bool {
        let was_before_marks = !self.has_marks && (1..BESIDE_OTHERS.version).contains(&self.before);
        relation.is_marked || was_before_marks
    }
}

impl Plan {
    /// # Errors
    /// [`Error::Clashes`] with everything that does not fit.
    pub(super) async fn make(
        session: &mut Session<'_>,
        existing: &Existing,
        place: Place<'_>,
    ) -> Result<Self, Error> {
        let backend = session.backend();
        let mut plan = Self::default();
        for table in catalog::tables(backend) {
            let found = existing.relation(table.name);
            match found {
                Some(relation) if table.owner == Owner::Platform => {
                    plan.platform_table(session, table, relation, existing, place).await?;
                }
                Some(relation) if place.is_home(relation) => {
                    plan.extend_table(session, table, relation).await?;
                    if table.rechecked.is_some_and(|change| place.applies(change)) {
                        plan.renew_checks(table, relation, backend);
                    }
                }
                None | Some(_) => plan.create_table(table, backend),
            }
            if let Some(relation) = found {
                plan.let_nulls_pass(table, relation, place, backend);
            }
        }
        plan.statements.extend(catalog::functions(backend).map(str::to_owned));
        let goal_columns = existing.column_names("interest_goal").unwrap_or_else(|| {
            INTEREST_GOAL.columns.iter().map(|column| column.name.to_owned()).collect()
        });
        for view in catalog::views(backend, &goal_columns) {
            let found = existing
                .relation(view.name)
                .filter(|relation| view.owner == Owner::Platform || place.is_home(relation));
            plan.view(&view, found, backend, place);
        }
        plan.renew_earlier_answers(existing, backend, place);
        if plan.clashes.is_empty() { Ok(plan) } else { Err(Error::Clashes(plan.clashes)) }
    }

    fn create_table(&mut self, table: &Table, backend: Backend) {
        self.statements.push(schema::create_table(table, backend));
        self.create_indexes(table, backend);
        self.created.push(table.name.to_owned());
    }

    fn create_indexes(&mut self, table: &Table, backend: Backend) {
        let indexes = table.indexes.iter();
        self.statements
            .extend(indexes.filter_map(|index| schema::create_index(table, index, backend)));
    }

    /// A platform table is taken as it is. One that does not offer what our queries need is another one of the
    /// same name: ours is made beside it, in a schema of its own or under another name, else it clashes.
    async fn platform_table(
        &mut self,
        session: &mut Session<'_>,
        table: &Table,
        relation: &Relation,
        existing: &Existing,
        place: Place<'_>,
    ) -> Result<(), Error> {
        let backend = session.backend();
        let clashes = platform_clashes(table, relation, backend);
        if clashes.is_empty() {
            self.adopted.push(table.name.to_owned());
            return Ok(());
        }
        if !place.is_home(relation) {
            self.create_table(table, backend);
            return Ok(());
        }
        let Some(name) = table.stand_in else {
            self.clashes.extend(clashes);
            return Ok(());
        };
        let stand_in = Table { name, owner: Owner::Analytics, ..*table };
        if let Some(relation) = existing.relation(name) {
            return self.extend_table(session, &stand_in, relation).await;
        }
        self.create_table(&stand_in, backend);
        Ok(())
    }

    /// SQLite's tables of earlier releases have conditions that its older versions take for failed where there
    /// is a null.
    fn let_nulls_pass(
        &mut self,
        table: &Table,
        relation: &Relation,
        place: Place<'_>,
        backend: Backend,
    ) {
        let is_due = backend == Backend::Sqlite
            && relation.is_table
            && place.applies(BESIDE_OTHERS)
            && !table.rechecked.is_some_and(|change| place.applies(change))
            && schema::has_condition_on_nulls(table, backend);
        if is_due {
            self.renew_checks(table, relation, backend);
        }
    }

    /// A table of ours gets the columns it lacks.
    async fn extend_table(
        &mut self,
        session: &mut Session<'_>,
        table: &Table,
        relation: &Relation,
    ) -> Result<(), Error> {
        let backend = session.backend();
        if !relation.is_table {
            self.clash(table, None, "a view", "a table".to_owned());
            return Ok(());
        }
        for column in table.columns {
            match relation.column(column.name) {
                Some(found) => self.check_type(table, column, &found.type_name, backend),
                None => self.add_column(session, table, column).await?,
            }
        }
        self.refuse_unknown_required(table, relation);
        if backend == Backend::Postgres {
            self.fit_key(table, relation);
            self.fill_from_aliases(table, relation);
        }
        self.create_indexes(table, backend);
        Ok(())
    }

    /// Puts today's conditions in the place of those of an earlier release. SQLite cannot change them:
    /// there the rows move to a new table.
    fn renew_checks(&mut self, table: &Table, relation: &Relation, backend: Backend) {
        let name = table.name;
        if backend == Backend::Sqlite {
            let kept = table.columns.iter().filter(|column| column.generated.is_none());
            let kept: Vec<&str> = kept
                .map(|column| column.name)
                .filter(|column| relation.column(column).is_some())
                .collect();
            let (kept, new) = (kept.join(", "), format!("{name}_after"));
            self.statements.push(schema::create_table_as(table, &new, backend));
            self.statements.push(format!("INSERT INTO {new} ({kept}) SELECT {kept} FROM {name}"));
            self.statements.push(format!("DROP TABLE {name}"));
            // Views go on naming the table that is away for a moment.
            self.statements.push("PRAGMA legacy_alter_table = ON".to_owned());
            self.statements.push(format!("ALTER TABLE {new} RENAME TO {name}"));
            self.statements.push("PRAGMA legacy_alter_table = OFF".to_owned());
            self.create_indexes(table, backend);
            return;
        }
        for column in table.columns {
            let Some(condition) = schema::condition(column, backend) else { continue };
            let constraint = format!("{name}_{}_check", column.name);
            self.statements.push(format!(
                "ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {constraint}, \
                 ADD CONSTRAINT {constraint} CHECK ({condition})"
            ));
        }
    }

    async fn add_column(
        &mut self,
        session: &mut Session<'_>,
        table: &Table,
        column: &Column,
    ) -> Result<(), Error> {
        let backend = session.backend();
        let needs_value = column.required && column.default.is_none() && column.generated.is_none();
        if needs_value && has_rows(session, table.name).await? {
            self.clash(table, Some(column), "missing", needed(column, backend));
            return Ok(());
        }
        self.statements.push(schema::add_column(table, column, backend));
        self.added.push(format!("{}.{}", table.name, column.name));
        Ok(())
    }

    fn check_type(&mut self, table: &Table, column: &Column, found: &str, backend: Backend) {
        if !fits(column, found, backend) {
            self.clash(table, Some(column), found, needed(column, backend));
        }
    }

    /// A column we do not know but must fill would refuse every row we write.
    fn refuse_unknown_required(&mut self, table: &Table, relation: &Relation) {
        let known = |name: &str| table.columns.iter().any(|column| column.name == name);
        for column in &relation.columns {
            if column.must_be_given && !known(&column.name) {
                self.clashes.push(Clash {
                    table: table.name.to_owned(),
                    column: Some(column.name.clone()),
                    found: format!("{} not null without a default", column.type_name),
                    needed: "nullable or with a default".to_owned(),
                });
            }
        }
    }

    /// Older tables keep one row per student or item; a key with the time of the fit keeps the
    /// history. Widening a key loses nothing.
    fn fit_key(&mut self, table: &Table, relation: &Relation) {
        if relation.is_unique(table.key) {
            return;
        }
        let wanted = table.key.join(", ");
        match &relation.primary_key {
            Some((_, columns)) if !columns.iter().all(|c| table.key.contains(&c.as_str())) => {
                let found = format!("keyed by ({})", columns.join(", "));
                self.clash(table, None, &found, format!("keyed by ({wanted})"));
            }
            Some((name, _)) => self.statements.push(format!(
                "ALTER TABLE {} DROP CONSTRAINT {name}, ADD PRIMARY KEY ({wanted})",
                table.name
            )),
            None => self
                .statements
                .push(format!("ALTER TABLE {} ADD PRIMARY KEY ({wanted})", table.name)),
        }
    }

    /// An older table may hold under the alias name what the schema calls otherwise
    /// (`standard_error` for `se`): its values move over, and a trigger keeps the old name alive.
    fn fill_from_aliases(&mut self, table: &Table, relation: &Relation) {
        for column in table.columns {
            let Some(source) = column.generated else { continue };
            if !table.columns.iter().any(|column| column.name == source) {
                continue;
            }
            let Some(alias) = relation.column(column.name).filter(|found| !found.generated) else {
                continue;
            };
            let (table, alias) = (table.name, &alias.name);
            if relation.column(source).is_none() {
                self.statements.push(format!(
                    "UPDATE {table} SET {source} = {alias} WHERE {alias} IS NOT NULL"
                ));
            }
            self.statements.push(alias_trigger(table, alias, source));
        }
    }

    fn view(&mut self, view: &View, found: Option<&Relation>, backend: Backend, place: Place<'_>) {
        match found {
            None => self.created.push(view.name.to_owned()),
            Some(relation) if place.is_home(relation) && relation.is_earlier(view) => {}
            Some(relation) if view.owner == Owner::Platform => {
                let clashes = view_clashes(view, relation, "a column of the attempt contract");
                if clashes.is_empty() || place.is_home(relation) {
                    self.adopt_view(view, clashes);
                    return;
                }
                self.created.push(view.name.to_owned());
            }
            // Never replaced: whoever made it needs it as it is.
            Some(relation) if !place.is_ours(relation) => {
                let needed = format!("a column of ({})", view.columns.join(", "));
                let clashes = view_clashes(view, relation, &needed);
                self.adopt_view(view, if view.is_read { clashes } else { Vec::new() });
                return;
            }
            Some(relation) => {
                if !self.may_replace(view, relation) {
                    return;
                }
            }
        }
        self.put_view(view, backend);
    }

    /// The view of answers under the name it had in earlier releases, where one of them made it, says what
    /// today's says.
    fn renew_earlier_answers(&mut self, existing: &Existing, backend: Backend, place: Place<'_>) {
        let view = attempts::views::earlier_answers();
        let found = existing.relation(view.name);
        if found.is_some_and(|found| place.is_home(found) && found.is_earlier(&view)) {
            self.put_view(&view, backend);
        }
    }

    fn put_view(&mut self, view: &View, backend: Backend) {
        let create = match backend {
            Backend::Postgres => "CREATE OR REPLACE VIEW",
            Backend::Sqlite => {
                self.statements.push(format!("DROP VIEW IF EXISTS {}", view.name));
                "CREATE VIEW"
            }
        };
        self.statements.push(format!("{create} {} AS\n{}", view.name, view.query));
        if backend == Backend::Postgres {
            let mark = format!("COMMENT ON VIEW {} IS '{MARK}'", view.name);
            self.statements.push(mark);
        }
    }

    fn adopt_view(&mut self, view: &View, clashes: Vec<Clash>) {
        self.clashes.extend(clashes);
        self.adopted.push(view.name.to_owned());
    }

    /// PostgreSQL renews a view only when the old columns are the first of the new ones.
    fn may_replace(&mut self, view: &View, relation: &Relation) -> bool {
        let old = relation.columns.iter().map(|column| column.name.as_str());
        let fits = !relation.is_table
            && relation.columns.len() <= view.columns.len()
            && old.eq(view.columns.iter().copied().take(relation.columns.len()));
        if !fits {
            let kind = if relation.is_table { "a table" } else { "a view with other columns" };
            self.clashes.push(Clash {
                table: view.name.to_owned(),
                column: None,
                found: kind.to_owned(),
                needed: format!("a view of ({})", view.columns.join(", ")),
            });
        }
        fits
    }

    fn clash(&mut self, table: &Table, column: Option<&Column>, found: &str, needed: String) {
        self.clashes.push(Clash {
            table: table.name.to_owned(),
            column: column.map(|column| column.name.to_owned()),
            found: found.to_owned(),
            needed,
        });
    }
}

/// What an existing table of the platform lacks.
fn platform_clashes(table: &Table, relation: &Relation, backend: Backend) -> Vec<Clash> {
    let clash = |column: &Column, found: &str| Clash {
        table: table.name.to_owned(),
        column: Some(column.name.to_owned()),
        found: found.to_owned(),
        needed: needed(column, backend),
    };
    let of_column = |column: &Column| match relation.column(column.name) {
        Some(found) if fits(column, &found.type_name, backend) => None,
        Some(found) => Some(clash(column, &found.type_name)),
        None if column.optional => None,
        None => Some(clash(column, "missing")),
    };
    table.columns.iter().filter_map(of_column).collect()
}

/// The columns of a view that what has its name lacks.
fn view_clashes(view: &View, relation: &Relation, needed: &str) -> Vec<Clash> {
    let missing = view.columns.iter().filter(|column| relation.column(column).is_none());
    let clash = |column: &&str| Clash {
        table: view.name.to_owned(),
        column: Some((*column).to_owned()),
        found: "missing".to_owned(),
        needed: needed.to_owned(),
    };
    missing.map(clash).collect()
}

fn fits(column: &Column, found: &str, backend: Backend) -> bool {
    match backend {
        Backend::Postgres => column.kind.accepts_postgres(found),
        Backend::Sqlite => column.kind.type_name(backend) == found,
    }
}

fn needed(column: &Column, backend: Backend) -> String {
    column.kind.type_name(backend).to_owned()
}

async fn has_rows(session: &mut Session<'_>, table: &str) -> Result<bool, Error> {
    let sql = format!("SELECT CAST(count(*) AS BIGINT) FROM (SELECT 1 FROM {table} LIMIT 1) found");
    Ok(session.fetch_first(&sql, &[], |row| row.int(0)).await?.flatten() == Some(1))
}

fn alias_trigger(table: &str, alias: &str, source: &str) -> String {
    let name = format!("seedtest_{table}_{alias}");
    format!(
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.{alias} := NEW.{source};
  RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS {name} ON {table};
CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
}
