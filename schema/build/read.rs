//! The tree to tables: shapes and words, one by one.

use super::super::rule::Rule;
use super::super::service::Service;
use super::super::table::{
    Catalog, Derivation, Form, Literal, Pin, Posture, Preset, Removal, Rename, Setting, TrainRow,
};
use super::super::words::{Key, Kind, Of, Secrecy};
use super::Fault;
use super::fields::{Fields, entries, items, text, version};
use super::tree::{Data, Node};

/// A catalog, and the lines where its parts stand.
pub struct Source {
    pub catalog: Catalog,
    /// Of each setting, the line of its help and those of its forms, by name.
    pub settings: Vec<(&'static str, usize, Vec<usize>)>,
    pub renames: Vec<(Rename, usize)>,
    pub removals: Vec<(Removal, usize)>,
}

/// Reads one catalog.
pub fn catalog(tree: &Node) -> Result<Source, Fault> {
    let mut fields = Fields::of(tree)?;
    let line = fields.line;
    let missing = |key: &str| Fault::new(line, format!("`{key}` is missing"));
    let service = fields.word("service", Service::parse)?.ok_or_else(|| missing("service"))?;
    let prefix = fields.text("prefix")?;
    let repository = fields.text("repository")?.ok_or_else(|| missing("repository"))?;
    let mut releases = Fields::of(fields.need("releases")?)?;
    let first = version(releases.need("first")?)?;
    let last = version(releases.need("last")?)?;
    releases.finish()?;

    let mut places = Vec::new();
    let settings = settings(fields.need("settings")?, prefix.is_none(), &mut places)?;
    let environment = match fields.take("environment") {
        Some(node) => self::settings(node, false, &mut places)?,
        None => Vec::new(),
    };
    let mut renames = list(fields.take("renames"), rename)?;
    renames.sort_by_key(|(each, _)| (each.from, each.release));
    let mut removals = list(fields.take("removals"), removal)?;
    removals.sort_by_key(|(each, _)| (each.name, each.release));
    let pins = list(fields.take("pins"), pin)?;
    fields.finish()?;

    let catalog = Catalog {
        service,
        prefix,
        repository,
        first,
        last,
        settings: settings.leak(),
        environment: environment.leak(),
        renames: only(&renames),
        removals: only(&removals),
        pins: only(&pins),
    };
    Ok(Source { catalog, settings: places, renames, removals })
}

/// Reads the trains, each with its line.
pub fn trains(tree: &Node) -> Result<Vec<(TrainRow, usize)>, Fault> {
    let mut fields = Fields::of(tree)?;
    let rows = list(Some(fields.need("trains")?), |fields| {
        Ok(TrainRow {
            release: version(fields.need("release")?)?,
            courier: version(fields.need("courier")?)?,
            mailroom: version(fields.need("mailroom")?)?,
            archiver: version(fields.need("archiver")?)?,
            indexer: fields.version("indexer")?,
        })
    })?;
    fields.finish()?;
    Ok(rows)
}

fn settings(
    node: &Node,
    python: bool,
    places: &mut Vec<(&'static str, usize, Vec<usize>)>,
) -> Result<Vec<Setting>, Fault> {
    let mut settings = Vec::new();
    for (name, _, body) in entries(node)? {
        let mut fields = Fields::of(body)?;
        let name: &'static str = name.clone().leak();
        let help = fields.need("help")?;
        let forms = list(Some(fields.need("forms")?), |fields| form(fields, python))?;
        places.push((name, help.line, forms.iter().map(|(_, line)| *line).collect()));
        settings.push(Setting {
            name,
            help: text(help)?,
            secrecy: fields.word("secret", Secrecy::named)?.unwrap_or(Secrecy::Open),
            required: fields.flag("required")?,
            internal: fields.flag("internal")?,
            key: fields.word("key", Key::named)?,
            derivation: derivation(&mut fields)?,
            posture: fields.take("posture").map(posture).transpose()?,
            forms: only(&forms),
        });
        fields.finish()?;
    }
    settings.sort_by_key(|setting| setting.name);
    Ok(settings)
}

/// `rule: NAME`, or `rule: {name: NAME, since: …, until: …}` where the rule is not for every release with the setting.
fn derivation(fields: &mut Fields<'_>) -> Result<Option<Derivation>, Fault> {
    let (rule, from) = (fields.take("rule"), fields.take("from"));
    let Some(node) = rule else {
        return match from {
            Some(from) => Err(Fault::new(from.line, "`from` stands without `rule`")),
            None => Ok(None),
        };
    };
    let from = from.map(texts).transpose()?.unwrap_or_default();
    if !matches!(node.data, Data::Map(_)) {
        let rule = named(node)?;
        return Ok(Some(Derivation { rule, from, since: None, until: None }));
    }
    let mut fields = Fields::of(node)?;
    let (since, until) = (fields.version("since")?, fields.version("until")?);
    let rule = named(fields.need("name")?)?;
    fields.finish()?;
    Ok(Some(Derivation { rule, from, since, until }))
}

fn named(node: &Node) -> Result<Rule, Fault> {
    let word = text(node)?;
    Rule::named(word).ok_or_else(|| Fault::new(node.line, format!("`{word}` is no rule")))
}

fn form(fields: &mut Fields<'_>, python: bool) -> Result<Form, Fault> {
    let kind = match fields.word("type", Kind::named)? {
        Some(kind) => kind,
        None if python => Kind::Python,
        None => return Err(Fault::new(fields.line, "`type` is missing")),
    };
    Ok(Form {
        since: version(fields.need("since")?)?,
        until: fields.version("until")?,
        kind,
        default: preset(fields.need("default")?, python)?,
        validate: fields.text("validate")?,
        of: fields.word("of", Of::named)?,
    })
}

/// Django's defaults always say what they are, `{value: …}`; the others' only when they are an expression.
fn preset(node: &Node, python: bool) -> Result<Preset, Fault> {
    if !python && !matches!(node.data, Data::Map(_)) {
        return Ok(Preset::Value(literal(node)?));
    }
    let mut fields = Fields::of(node)?;
    let value = fields.take("value").map(literal).transpose()?;
    let preset = match (value, fields.text("env")?, fields.text("expr")?, fields.text("structure")?) {
        (Some(value), None, None, None) => Preset::Value(value),
        (Some(value), Some(variable), None, None) => Preset::Env { variable, value },
        (None, None, Some(code), None) => Preset::Expr(code),
        (None, None, None, Some(shape)) => Preset::Structure(shape),
        _ => {
            return Err(Fault::new(node.line, "a default is one of value, env with value, expr, structure"));
        }
    };
    fields.finish()?;
    Ok(preset)
}

/// A value, typed as in JSON: what has quotes is text.
fn literal(node: &Node) -> Result<Literal, Fault> {
    Ok(match &node.data {
        Data::Scalar(_, false) => Literal::Text(text(node)?),
        Data::Scalar(word, true) => match word.as_str() {
            "null" => Literal::Null,
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            word => match (word.parse::<i64>(), word.parse::<f64>()) {
                (Ok(number), _) => Literal::Int(number),
                (_, Ok(number)) if number.is_finite() => Literal::Float(number),
                _ => return Err(Fault::new(node.line, format!("put `{word}` in quotes"))),
            },
        },
        Data::List(nodes) => Literal::List(nodes.iter().map(literal).collect::<Result<Vec<_>, _>>()?.leak()),
        Data::Map(nodes) => {
            let pair = |(key, _, node): &(String, usize, Node)| Ok((&*key.clone().leak(), literal(node)?));
            Literal::Map(nodes.iter().map(pair).collect::<Result<Vec<_>, Fault>>()?.leak())
        }
    })
}

fn posture(node: &Node) -> Result<Posture, Fault> {
    let mut fields = Fields::of(node)?;
    let posture = Posture {
        value: literal(fields.need("value")?)?,
        because: text(fields.need("because")?)?,
        since: fields.version("since")?,
        until: fields.version("until")?,
    };
    fields.finish()?;
    Ok(posture)
}

fn rename(fields: &mut Fields<'_>) -> Result<Rename, Fault> {
    let to = fields.need("to")?;
    Ok(Rename {
        from: text(fields.need("from")?)?,
        to: if matches!(to.data, Data::List(_)) { texts(to)? } else { vec![text(to)?].leak() },
        release: version(fields.need("release")?)?,
        note: fields.text("note")?,
    })
}

fn removal(fields: &mut Fields<'_>) -> Result<Removal, Fault> {
    Ok(Removal { name: text(fields.need("name")?)?, release: version(fields.need("release")?)? })
}

fn pin(fields: &mut Fields<'_>) -> Result<Pin, Fault> {
    Ok(Pin { since: version(fields.need("since")?)?, django: version(fields.need("django")?)? })
}

fn texts(node: &Node) -> Result<&'static [&'static str], Fault> {
    Ok(items(node)?.iter().map(text).collect::<Result<Vec<_>, _>>()?.leak())
}

/// A list of maps, each read whole, with its line; no list is an empty one.
fn list<T>(node: Option<&Node>, read: impl Fn(&mut Fields<'_>) -> Result<T, Fault>) -> Result<Vec<(T, usize)>, Fault> {
    let mut rows = Vec::new();
    for item in node.map(items).transpose()?.unwrap_or_default() {
        let mut fields = Fields::of(item)?;
        rows.push((read(&mut fields)?, item.line));
        fields.finish()?;
    }
    Ok(rows)
}

fn only<T: Copy>(rows: &[(T, usize)]) -> &'static [T] {
    rows.iter().map(|(row, _)| *row).collect::<Vec<_>>().leak()
}
