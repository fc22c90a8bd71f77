//! Checks calls: the function, the number of arguments, and that every name among them names something.
//!
//! Called by the checker. It must never leave an argument that names a list, head, field or country unresolved.

use super::{
    super::{
        functions::{FUNCTIONS, Function, Parameter, function},
        problem::Complaint,
        schema::OLDEST,
        tree::{Argument, Constant, Kind, Node, Span},
        types::Type,
    },
    Checker,
};
use crate::{
    domain::{
        ad::TextField,
        place::{Country, country_group},
        policy::ListKind,
        time::Millis,
    },
    screening::signals::lists::expression,
};
use cel::common::ast::{CallExpr, IdedExpr};

impl Checker<'_> {
    /// An operator or a function.
    pub(super) fn call(&mut self, expr: &IdedExpr, call: &CallExpr, span: Span) -> Option<Node> {
        if call.target.is_none()
            && let Some(result) = self.operator(expr, call, span)
        {
            return result;
        }
        let name = self.parsed.called(self.source, expr, &call.func_name);
        let Some(function) = function(&call.func_name, call.target.is_some()) else {
            return self.unknown_function(call, name);
        };
        let given: Vec<&IdedExpr> = call.target.iter().map(|t| &**t).chain(&call.args).collect();
        let most = if function.repeats { usize::MAX } else { function.parameters.len() };
        if given.len() < function.at_least || given.len() > most {
            return self.complain(span, format!("wrong number of arguments: write {}", function.signature));
        }
        let mut arguments = Vec::with_capacity(given.len());
        let mut whole = true;
        for (i, arg) in given.into_iter().enumerate() {
            let parameter = function.parameters[i.min(function.parameters.len() - 1)];
            match self.argument(function, parameter, arg) {
                Some(found) => arguments.extend(found),
                None => whole = false,
            }
        }
        if !whole {
            return None;
        }
        Some(Node { kind: Kind::Call(function, arguments), type_: function.returns, possible: function.possible, span })
    }

    fn unknown_function<T>(&mut self, call: &CallExpr, span: Span) -> Option<T> {
        let name = &call.func_name;
        let other_form = FUNCTIONS.iter().find(|f| f.name == name);
        let complaint = match other_form {
            Some(f) => Complaint::new(span, format!("write {}", f.signature)),
            None => Complaint::new(span, format!("unknown function `{name}`"))
                .likely(name, FUNCTIONS.iter().map(|f| f.name)),
        };
        self.complaints.push(complaint);
        None
    }

    /// What an argument stands for: one thing, or the countries of a group.
    fn argument(&mut self, function: &Function, parameter: Parameter, expr: &IdedExpr) -> Option<Vec<Argument>> {
        let node = self.node(expr)?;
        let span = node.span;
        let value = match parameter {
            Parameter::Value(type_) => Some(type_),
            Parameter::Age => Some(Type::Int),
            _ => None,
        };
        if let Some(type_) = value {
            if matches!(parameter, Parameter::Age) {
                self.age(function, &node)?;
            }
            if node.type_ == type_ || (type_ == Type::Double && node.type_ == Type::Int) {
                return Some(vec![Argument::Value(node)]);
            }
            let message = format!("{} takes {type_} here, and this is {}", function.signature, node.type_);
            return self.complain(span, message);
        }
        let Kind::Constant(Constant::Text(text)) = node.kind else {
            return self.complain(span, format!("{} takes a name in quotes here", function.signature));
        };
        match parameter {
            Parameter::Head => self.head(&text, span),
            Parameter::List(kinds) => self.list_name(function, kinds, &text, span),
            Parameter::Field => self.text_field(&text, span),
            Parameter::Country => return self.country(&text, span),
            Parameter::Expression => match expression(&text) {
                Ok(expression) => Some(Argument::Expression(Box::new(expression))),
                Err(reason) => self.complain(span, reason),
            },
            Parameter::Day => match Millis::of_day(&text) {
                Some(day) => Some(Argument::Day(day)),
                None => self.complain(span, format!("`{text}` is not a day: write it as \"2026-11-03\"")),
            },
            Parameter::Value(_) | Parameter::Age => None,
        }
        .map(|one| vec![one])
    }

    /// Refuses an age that nobody has: whatever asks for it never or always holds.
    fn age(&mut self, function: &Function, node: &Node) -> Option<()> {
        match node.kind {
            Kind::Constant(Constant::Int(years)) if !(1..=i64::from(OLDEST)).contains(&years) => {
                self.complain(node.span, format!("{} takes an age from 1 to {OLDEST}", function.signature))
            }
            Kind::Negate(_) => {
                self.complain(node.span, format!("{} takes an age from 1 to {OLDEST}", function.signature))
            }
            _ => Some(()),
        }
    }

    /// A country, or all countries of a group.
    fn country(&mut self, text: &str, span: Span) -> Option<Vec<Argument>> {
        if let Some(group) = country_group(text) {
            return Some(group.iter().filter_map(|code| code.parse().ok().map(Argument::Country)).collect());
        }
        if let Ok(country) = text.parse() {
            return Some(vec![Argument::Country(country)]);
        }
        let upper = text.to_uppercase();
        let likely = match upper.as_str() {
            "UK" => Some("GB".to_owned()),
            other => (other.parse::<Country>().is_ok() || country_group(other).is_some()).then_some(upper),
        };
        let message = format!("`{text}` is not a country code (ISO 3166-1, such as \"DE\")");
        self.complaints.push(Complaint { suggestion: likely, ..Complaint::new(span, message) });
        None
    }

    fn head(&mut self, text: &str, span: Span) -> Option<Argument> {
        if self.names.heads.contains(text)
            && let Ok(code) = text.parse()
        {
            return Some(Argument::Head(code, self.names.head(text)));
        }
        let complaint = Complaint::new(span, format!("unknown policy `{text}`"));
        self.complaints.push(complaint.likely(text, self.names.heads.iter().map(String::as_str)));
        None
    }

    fn list_name(&mut self, function: &Function, kinds: &[ListKind], text: &str, span: Span) -> Option<Argument> {
        match self.names.lists.get(text) {
            Some(kind) if kinds.contains(kind) => Some(Argument::List(text.to_owned(), self.names.list(text))),
            Some(kind) => {
                let wanted: Vec<&str> = kinds.iter().map(|k| k.as_str()).collect();
                let wanted = wanted.join(" or ");
                self.complain(
                    span,
                    format!("`{text}` is a list of {kind}, and {} takes one of {wanted}", function.name),
                )
            }
            None => {
                let complaint = Complaint::new(span, format!("unknown list `{text}`"));
                self.complaints.push(complaint.likely(text, self.names.lists.keys().map(String::as_str)));
                None
            }
        }
    }

    fn text_field(&mut self, text: &str, span: Span) -> Option<Argument> {
        if let Ok(field) = text.parse() {
            return Some(Argument::Field(field));
        }
        let complaint = Complaint::new(span, format!("unknown text field `{text}`"));
        self.complaints.push(complaint.likely(text, TextField::ALL.iter().map(|f| f.as_str())));
        None
    }
}
