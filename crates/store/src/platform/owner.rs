//! Whose a row of a table of the platform is, asked so that the index on its column answers.

use uuid::Uuid;

use crate::engine::session::Session;
use crate::error::Error;

/// That the column `user_id` of a row is a student, whom `place` stands for as a text. PostgreSQL uses the index of a column
/// of numbers or UUIDs only where it compares with one: the text is turned into what the column holds. SQLite does so by
/// itself.
pub(crate) async fn is_theirs(
    session: &mut Session<'_>,
    table: &str,
    column: &str,
    user_id: &str,
    place: &str,
) -> Result<String, Error> {
    // Kept with the connection: asked for again, it costs nothing.
    let found = session.columns(&format!("SELECT user_id FROM {table} LIMIT 0")).await?;
    let type_name = found.first().map_or("", |column| &*column.type_name);
    Ok(condition(type_name, column, user_id, place))
}

fn condition(type_name: &str, column: &str, user_id: &str, place: &str) -> String {
    let is_such = match type_name {
        // SQLite, which says nothing of types.
        "" => return format!("{column} = {place}"),
        "INT2" => is_written::<i16>(user_id),
        "INT4" => is_written::<i32>(user_id),
        "INT8" => is_written::<i64>(user_id),
        "UUID" => is_written::<Uuid>(user_id),
        _ => return format!("CAST({column} AS TEXT) = {place}"),
    };
    if is_such {
        format!("{column} = CAST(CAST({place} AS TEXT) AS {type_name})")
    } else {
        // Nobody has this id.
        format!("CAST({place} AS TEXT) IS NULL")
    }
}

/// Whether a text is what the server writes for a value of a type: a student has one id.
fn is_written<T: std::str::FromStr + ToString>(text: &str) -> bool {
    text.parse::<T>().is_ok_and(|value| value.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_compared_as_what_the_column_holds() {
        let of = |type_name: &str, id: &str| condition(type_name, "s.user_id", id, "$1");
        assert_eq!(of("", "7"), "s.user_id = $1");
        assert_eq!(of("VARCHAR", "7"), "CAST(s.user_id AS TEXT) = $1");
        assert_eq!(of("INT8", "7"), "s.user_id = CAST(CAST($1 AS TEXT) AS INT8)");
        let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert!(of("UUID", uuid).contains("AS UUID)"));
        for (type_name, id) in [
            ("INT4", "amy"),
            ("INT4", "007"),
            ("INT4", "+7"),
            ("INT4", "3000000000"),
            ("INT8", ""),
            ("UUID", "7"),
            ("UUID", &uuid.to_uppercase()),
        ] {
            assert_eq!(of(type_name, id), "CAST($1 AS TEXT) IS NULL", "{type_name} {id}");
        }
    }
}
